"""The palette, which finds every command by name, and the sheet of shortcuts."""
