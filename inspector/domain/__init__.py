"""What a webhook means: pure functions and frozen dataclasses; no I/O, no clock, no asyncio."""
