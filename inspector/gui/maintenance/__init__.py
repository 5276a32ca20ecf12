"""The file's care: its check, its size, and the log."""
