"""Foreign text inside Markdown: whatever it holds, it ends no cell, span or fence, and links to nothing."""

from __future__ import annotations

import re

from inspector.base.visible import visible

_MARKS = re.compile(r"[\\`*_~\[\]<>#|!]")
# What GitHub and others make links, mentions or other characters of, without any mark around it.
_LINKED = {"&": "&amp;", "@": "&#64;", "://": "&#58;//", "www.": "www&#46;"}
_LINKS = re.compile("&|@|://|www\\.", re.IGNORECASE)


def code(text: str) -> str:
    """A code span that can stand in a table too; empty for no text, as there is no empty span."""
    text = visible(text).replace("`", "'").replace("|", "¦")
    return f"`{text}`" if text.strip() else ""


def prose(text: str) -> str:
    """Text that is shown as it stands, on one line."""
    text = _LINKS.sub(lambda found: _LINKED[found[0].lower()], visible(text))
    return _MARKS.sub(r"\\\g<0>", text)


def fenced(line: str) -> str:
    """A line within a fence of three backticks, which three backticks would end."""
    return visible(line).replace("```", "'''")
