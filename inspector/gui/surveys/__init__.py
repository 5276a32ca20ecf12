"""The tree on the left of the window: surveys, their groups and respondents."""
