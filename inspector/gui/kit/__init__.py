"""Widgets, theme and layout helpers that any feature may use; knows no capture."""
