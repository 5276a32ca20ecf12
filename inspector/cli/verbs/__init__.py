"""The verbs of the command line, one per file; no logic that the session has."""
