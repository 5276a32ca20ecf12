"""Writing to the file: the one writer thread, and a module per noun that is written. A noun's simple reads
are next to its writes."""
