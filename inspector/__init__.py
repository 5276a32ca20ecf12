"""Webhook Inspector: see each Blitzllama webhook arrive, know whether it is genuine, replay it."""

__version__ = "0.2.0"
