"""Scopes and filters as SQL, and reading what they select."""
