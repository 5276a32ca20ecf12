"""The whole app without a face: parts are built, started and stopped here; no printing, no widgets."""
