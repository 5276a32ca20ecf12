"""Two captures side by side, by question and by JSON path. The domain finds the differences."""
