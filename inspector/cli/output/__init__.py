"""How the terminal prints: rows, columns, colours, JSON lines."""
