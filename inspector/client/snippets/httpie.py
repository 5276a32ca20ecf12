"""HTTPie, for a shell."""

from __future__ import annotations

from inspector.base.visible import visible
from inspector.client.snippets.request import NotCopyable, Sent, is_signature, sayable
from inspector.client.snippets.shell import comments, piped, quoted

_ADDED = ("Accept", "User-Agent", "Content-Type", "Accept-Encoding", "Connection")
_SEPARATORS = ":=@;"
"""HTTPie reads a file or a field where one of them follows the name's colon, or a backslash."""


def httpie(sent: Sent) -> str:
    """A command that sends the request; raises NotCopyable where HTTPie cannot be told the signature."""
    notes = [
        "HTTPie writes Host, Content-Length and Accept-Encoding where it likes, and percent escapes of the"
        " path in upper case.",
        *sent.notes,
    ]
    texts, left_out = sayable(sent.headers, "HTTPie", "utf-8")
    items = []
    for name, value in texts:
        if (item := _item(name, value)) is not None:
            items.append(item)
        elif is_signature(name.encode()):
            raise NotCopyable("HTTPie cannot be told this signature header; copy it as cURL.")
        else:
            left_out.append(f"{name} is left out: HTTPie cannot be told its value.")
    notes += left_out
    items += [quoted(f"{name}:") for name in sent.missing(*_ADDED)]
    words = [
        "NO_PROXY='*' http --ignore-netrc --path-as-is --print=hb",
        f"{quoted(sent.method)} {quoted(sent.url)}",
        *items,
    ]
    if sent.body:
        return f"{comments(notes)}{piped(sent.body)} \\\n| " + " \\\n  ".join(words) + "\n"
    words[0] += " --ignore-stdin"
    return f"{comments(notes)}" + " \\\n  ".join(words) + "\n"


def _item(name: str, value: str) -> str | None:
    """`Name:value` as one word; None where it cannot be said."""
    if visible(value) != value or any(f"\\{separator}" in value for separator in _SEPARATORS):
        return None
    if not value:
        return quoted(f"{name};")
    return quoted(f"{name}:\\{value}" if value[0] in _SEPARATORS else f"{name}:{value}")
