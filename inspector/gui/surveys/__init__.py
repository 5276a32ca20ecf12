"""The tree at the left of the window: surveys, their groups and respondents."""
