"""Receiving HTTP requests and responding to them. Nothing here knows the store, verdicts or surveys."""
