"""The Body tab: the same bytes as a tree, laid out, as they came, and in hexadecimal, with find and copy."""
