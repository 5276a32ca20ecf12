"""Secrets in the window: add, try, activate and copy them."""
