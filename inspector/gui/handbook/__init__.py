"""The handbook: a reader with links between pages, back and forward, and a search."""
