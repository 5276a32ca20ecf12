"""The whole program without a front end: its parts are built, started and stopped here. No printing, no
widgets."""
