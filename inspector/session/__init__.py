"""The whole program without a front end: parts are built, started and stopped here. No printing or
widgets."""
