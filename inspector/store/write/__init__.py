"""Writing to the file: the single writer thread, and a module per kind of data, each with its simple
reads."""
