"""The meaning of webhooks: pure functions and frozen dataclasses, without I/O, clock and asyncio."""
