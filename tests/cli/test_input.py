"""Input of the user on a terminal."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import sys

import pytest

from inspector.cli.input import read_hidden
from inspector.cli.output.streams import Output
from tests.waiting import PATIENCE_S


async def test_a_hidden_line_can_be_typed_as_soon_as_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, terminal = pty.openpty()

    class Typist(io.BytesIO):
        """A terminal on which the answer is typed in the moment in which the question appears."""

        def write(self, data: object) -> int:
            if bytes(data).startswith(b"Secret"):  # type: ignore[call-overload]
                os.write(keyboard, b"of a user\n")
            return super().write(data)  # type: ignore[arg-type]

    with os.fdopen(keyboard, "rb", buffering=0) as screen, os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        async with asyncio.timeout(PATIENCE_S):
            assert await read_hidden(Output(None, Typist()), "Secret: ") == "of a user"
        os.set_blocking(screen.fileno(), False)
        assert screen.read() is None, "the answer is not shown"
