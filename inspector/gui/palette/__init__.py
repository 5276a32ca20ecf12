"""The palette, which finds every command by its name, and the sheet of shortcuts."""
