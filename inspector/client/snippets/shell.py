"""Commands for a POSIX shell with cURL and HTTPie, and their quoting."""

from __future__ import annotations

import base64

from inspector.base.visible import visible
from inspector.client.snippets.request import NotCopyable, SnippetRequest, is_signature, sayable

MAX_ARGUMENT = 100_000
"""Maximum bytes of one argument. Linux allows 128 KiB."""
_ADDED_BY_CURL = ("Accept", "User-Agent", "Content-Type", "Expect")
"""Removed if the request does not have them."""
_ADDED_BY_HTTPIE = ("Accept", "User-Agent", "Content-Type", "Accept-Encoding", "Connection")
_SEPARATORS = ":=@;"
"""HTTPie reads a file or a field if one of these follows the name's colon, or after a backslash."""


def curl(sent: SnippetRequest) -> str:
    """Return a command that sends the request. Raises NotCopyable for a HEAD with a body."""
    if sent.body and sent.method == "HEAD":
        raise NotCopyable("curl cannot send a body with HEAD. Replay it instead.")
    is_argument = sent.text is not None and len(sent.body) <= MAX_ARGUMENT
    # --disable must come first. It ignores the settings of curl.
    words = ["curl --disable --silent --show-error --globoff --path-as-is --noproxy '*' --http1.1"]
    words.append("--head" if sent.method == "HEAD" else f"--request {quoted(sent.method)}")
    words.append(f"--url {quoted(sent.url)}")
    for name, value in sent.headers:
        # Without a value, curl would remove the header.
        words.append(f"--header {quoted_bytes(name + b': ' + value if value else name + b';')}")
    words += [f"--header '{name}:'" for name in sent.missing(*_ADDED_BY_CURL)]
    if is_argument and (sent.body or (sent.has_length and sent.method != "HEAD")):
        words.append(f"--data-raw {quoted(sent.text or '')}")
    elif sent.body:
        words.append("--data-binary @-")
    notes = ["curl writes Host first and chooses the position of Content-Length.", *sent.notes]
    command = " \\\n  ".join(words)
    if sent.body and not is_argument:
        notes.append("The body is in base64, because a shell would change some bytes of it.")
        command = f"{piped(sent.body)} \\\n| {command}"
    return f"{comments(notes)}{command}\n"


def httpie(sent: SnippetRequest) -> str:
    """Return a command that sends the request. Raises NotCopyable if HTTPie cannot send the signature."""
    notes = [
        (
            "HTTPie chooses the position of Host, Content-Length and Accept-Encoding, and "
            "writes percent escapes of the path in uppercase."
        ),
        *sent.notes,
    ]
    texts, left_out = sayable(sent.headers, "HTTPie", "utf-8")
    items = []
    for name, value in texts:
        if (item := _item(name, value)) is not None:
            items.append(item)
        elif is_signature(name.encode()):
            raise NotCopyable("HTTPie cannot send this signature header. Copy it as cURL.")
        else:
            left_out.append(f"{name} is not sent, because HTTPie cannot send its value.")
    notes += left_out
    items += [quoted(f"{name}:") for name in sent.missing(*_ADDED_BY_HTTPIE)]
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
    """Return `Name:value` as one word, or None if HTTPie cannot send it."""
    if visible(value) != value or any(f"\\{separator}" in value for separator in _SEPARATORS):
        return None
    if not value:
        return quoted(f"{name};")
    return quoted(f"{name}:\\{value}" if value[0] in _SEPARATORS else f"{name}:{value}")


def quoted(text: str) -> str:
    """Return one word that a shell neither expands nor runs. The text must have no hidden characters."""
    return "'" + text.replace("'", "'\\''") + "'"


def quoted_bytes(data: bytes) -> str:
    r"""Return the same for any bytes, with non-text in the form that bash and zsh read (`$'\xff'`)."""
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
    """Return a command that writes any bytes to standard output."""
    return f"printf %s {quoted(base64.b64encode(body).decode('ascii'))} | base64 --decode"


def comments(notes: list[str]) -> str:
    """Return each note as a comment line."""
    return "".join(f"# {visible(note)}\n" for note in notes)
