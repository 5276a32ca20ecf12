"""Secrets in the window: adding, trying, switching and copying them."""
