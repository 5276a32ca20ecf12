"""Maintenance of the file: its check, its size, and the log."""
