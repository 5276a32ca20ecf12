"""Completion in a shell: the place on a command line, the words that fit there, and the shells' scripts."""
