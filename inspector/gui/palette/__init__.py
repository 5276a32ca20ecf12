"""Every command at hand by its name, and the sheet of shortcuts. What a command does is wired elsewhere."""
