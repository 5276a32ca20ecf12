"""One test a story of what went wrong."""
