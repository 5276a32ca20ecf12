"""What `listen` shows on a terminal: rows above live lines, and keys. No other verb stays on a terminal."""
