"""The verbs of the command line, one per file, without logic of their own."""
