"""Get a public URL; in this version it is pasted."""
