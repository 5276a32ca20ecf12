"""The session of a test, as in tests/session."""

from __future__ import annotations

from tests.session.conftest import start

__all__ = ["start"]
