"""Filters: the field with its chips, its list, and saved filters."""
