"""What holds for every test of the room."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    """Sockets and transports that were forgotten warn when they are collected, and warnings fail."""
    yield
    gc.collect()
