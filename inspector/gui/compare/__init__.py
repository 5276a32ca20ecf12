"""Two captures beside each other: by question and by JSON path. What differs is told by the domain."""
