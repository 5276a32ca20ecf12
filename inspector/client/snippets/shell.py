"""Quoting for a POSIX shell."""

from __future__ import annotations

import base64

from inspector.base.visible import visible

MAX_ARGUMENT = 100_000
"""Bytes of one argument; Linux takes 128 KiB."""


def quoted(text: str) -> str:
    """One word that no shell expands, reads or runs anything of. Text with nothing hidden in it."""
    return "'" + text.replace("'", "'\\''") + "'"


def quoted_bytes(data: bytes) -> str:
    """As `quoted`; bytes that are no such text are spelled as bash and zsh read them (`$'\\xff'`)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and visible(text) == text:
        return quoted(text)
    spelled = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b"'\\" else f"\\x{byte:02x}" for byte in data
    )
    return f"$'{spelled}'"


def piped(body: bytes) -> str:
    """A command that writes these bytes to standard output, whatever they are."""
    return f"printf %s {quoted(base64.b64encode(body).decode('ascii'))} | base64 --decode"


def comments(notes: list[str]) -> str:
    """Each note as a line of comment."""
    return "".join(f"# {visible(note)}\n" for note in notes)
