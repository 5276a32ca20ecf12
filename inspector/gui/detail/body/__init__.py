"""The Body tab: the same bytes as a tree, laid out, as they came and as numbers. No parsing of its own."""
