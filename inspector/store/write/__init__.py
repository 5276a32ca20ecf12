"""Writing to the file: the writer thread, and a module per kind of data with its simple reads."""
