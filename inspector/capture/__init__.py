"""Receive HTTP requests and respond to them. Nothing here knows the store, verdicts or surveys."""
