"""Widgets, theme and layout helpers for any feature, without knowledge of captures."""
