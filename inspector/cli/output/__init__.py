"""The terminal's output: streams, columns, colours and JSON lines."""
