"""The tree at the left: surveys, their groups and respondents, and what stands beside them."""
