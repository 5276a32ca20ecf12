"""The check of a receiver, and correct receivers to copy."""
