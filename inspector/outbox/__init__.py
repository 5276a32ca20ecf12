"""Deliver captures: plans and forwards queue deliveries, and each is sent and recorded here; no front end."""
