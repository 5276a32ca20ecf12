"""Writing to the file: the single writer thread, and a module per kind of data with its simple reads."""
