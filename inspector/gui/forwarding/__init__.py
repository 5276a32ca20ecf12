"""Forwards: the targets of new captures, and their progress."""
