"""The Body tab: the same bytes as a tree, pretty-printed, raw and in hexadecimal, with find and copy."""
