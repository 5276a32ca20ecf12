"""A check of a receiver: what it is sent, how it responds, and what it computes instead of a signature."""
