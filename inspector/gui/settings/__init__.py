"""The settings dialog and its rows."""
