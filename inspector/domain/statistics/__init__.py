"""Statistics: the answers to a survey added up, and captures over time."""
