"""Commands that print captures, surveys and statistics. They change nothing."""
