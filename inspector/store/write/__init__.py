"""What is written to the file, and the one thread that writes it."""
