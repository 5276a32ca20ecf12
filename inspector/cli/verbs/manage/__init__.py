"""Commands that change captures, the file, its secrets and targets, or the settings."""
