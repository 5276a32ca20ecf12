"""Captures from dropped files, pasted texts and chosen files: a preview, and adding them on confirmation."""
