from __future__ import annotations

import io
import json

from inspector.cli.output import Output


class _Slow(io.RawIOBase):
    """Takes three bytes at a time, as a full pipe may."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)[:3]  # type: ignore[call-overload]
        self.taken += part
        return len(part)


class _Gone:
    def write(self, data: bytes, /) -> int:
        raise BrokenPipeError


def test_a_partial_write_is_carried_on() -> None:
    stream = _Slow()
    Output(stream, None).lines(["one", "zwölf"])
    assert stream.taken.decode() == "one\nzwölf\n"


def test_a_reader_that_went_away_is_noticed_and_not_told() -> None:
    messages = io.BytesIO()
    out = Output(_Gone(), messages)
    assert not out.is_closed
    out.line("x")
    assert out.is_closed
    out.line("y")
    assert messages.getvalue() == b""


def test_json_is_one_ascii_line_whatever_is_in_it() -> None:
    stream = io.BytesIO()
    Output(stream, None, is_json=True).record({"id": 1, "text": "é\n\u202e\ud800"})
    line = stream.getvalue()
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"id": 1, "text": "é\n\u202e\ud800"}


def test_messages_show_what_a_terminal_would_obey() -> None:
    messages = io.BytesIO()
    Output(None, messages).say("There is no verb \x1b[31m.")
    assert messages.getvalue() == b"There is no verb \\x1b[31m.\n"


def test_colour_is_only_added_where_it_is_shown() -> None:
    assert Output(None, None).paint("Valid", "valid") == "Valid"
    assert Output(None, None, has_colour=True).paint("Valid", "valid") == "\x1b[32mValid\x1b[0m"
