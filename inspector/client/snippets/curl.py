"""cURL, for a shell."""

from __future__ import annotations

from inspector.client.snippets.request import NotCopyable, Sent
from inspector.client.snippets.shell import MAX_ARGUMENT, comments, piped, quoted, quoted_bytes

_ADDED = ("Accept", "User-Agent", "Content-Type", "Expect")
"""Left out if the request does not have them."""


def curl(sent: Sent) -> str:
    """A command that sends the request; raises NotCopyable for a body that goes with HEAD."""
    if sent.body and sent.method == "HEAD":
        raise NotCopyable("curl sends no body with HEAD; replay it instead.")
    is_argument = sent.text is not None and len(sent.body) <= MAX_ARGUMENT
    # --disable comes first or not at all: it keeps curl from its own settings.
    words = ["curl --disable --silent --show-error --globoff --path-as-is --noproxy '*' --http1.1"]
    words.append("--head" if sent.method == "HEAD" else f"--request {quoted(sent.method)}")
    words.append(f"--url {quoted(sent.url)}")
    for name, value in sent.headers:
        # With nothing after the colon curl would leave the header out.
        words.append(f"--header {quoted_bytes(name + b': ' + value if value else name + b';')}")
    words += [f"--header '{name}:'" for name in sent.missing(*_ADDED)]
    if is_argument and (sent.body or (sent.has_length and sent.method != "HEAD")):
        words.append(f"--data-raw {quoted(sent.text or '')}")
    elif sent.body:
        words.append("--data-binary @-")
    notes = ["curl writes Host first and Content-Length where it likes.", *sent.notes]
    command = " \\\n  ".join(words)
    if sent.body and not is_argument:
        notes.append("The body stands in base64, as a shell would not keep every byte of it.")
        command = f"{piped(sent.body)} \\\n| {command}"
    return f"{comments(notes)}{command}\n"
