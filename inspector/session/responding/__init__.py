"""How responses come about: the decision about each capture, and the relay as a rule."""
