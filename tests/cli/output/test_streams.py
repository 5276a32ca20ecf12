from __future__ import annotations

import errno
import io
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from inspector.cli.output.streams import Output


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


class _Full(io.RawIOBase):
    """A disk with room for some bytes."""

    def __init__(self, room: int) -> None:
        self.taken = b""
        self.room = room

    def write(self, data: object) -> int:
        part = bytes(data)[: self.room]  # type: ignore[call-overload]
        if not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.taken += part
        self.room -= len(part)
        return len(part)


def test_a_full_disk_is_told_and_leaves_whole_lines_once_there_is_room() -> None:
    stream = _Full(room=8)
    out = Output(stream, None)
    out.lines(["first", "second", "third"])
    assert stream.taken == b"first\nse"
    assert out.trouble == "Cannot write standard output: No space left on device."
    assert out.is_closed
    assert out.has_reader
    out.lines(["fourth"])
    stream.room = 100
    out.lines(["fifth"])
    assert stream.taken == b"first\nsecond\nfifth\n"


def test_a_pipe_that_another_program_made_non_blocking_is_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    taken = bytearray()

    def read() -> None:
        while part := os.read(reader, 65536):
            taken.extend(part)

    with os.fdopen(writer, "wb", buffering=0) as stream, ThreadPoolExecutor(1) as readers:
        reading = readers.submit(read)
        Output(stream, None).lines(["x" * 1_000_000])
        stream.close()
        reading.result(10)
    os.close(reader)
    assert len(taken) == 1_000_001


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


def test_writing_to_a_file_or_into_an_empty_pipe_does_not_wait(tmp_path: Path) -> None:
    with (tmp_path / "lines").open("wb", buffering=0) as file:
        assert not Output(file, None).may_wait(["x" * 1_000_000])
    read_end, write_end = os.pipe()
    with open(read_end, "rb", buffering=0) as reader, open(write_end, "wb", buffering=0) as writer:
        out = Output(writer, None)
        assert out.may_wait(["x" * 1_000_000])
        if sys.platform == "linux":
            assert not out.may_wait(["short"])
        out.lines(["unread"])
        assert out.may_wait(["short"])
        reader.read(100)
        assert out.may_wait(["short"]) is (sys.platform != "linux")
    assert Output(io.BytesIO(), None).may_wait(["short"])
