"""What `listen` does next to printing captures: forwards, `--until`, live lines and keys on a terminal."""
