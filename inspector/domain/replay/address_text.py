"""Addresses as users type them: `3000`, `localhost:3000/hook`, `staging.example`."""

from __future__ import annotations

import re
from typing import Literal

ALLOW_FIRST = "Allow the host first."
"""The end of each sentence about a host that is not allowed yet."""
_PORT = re.compile(r"[0-9]{1,5}(?=[/?#]|\Z)")
# A host that cannot be the name of a target: it has a port, a path, a dot or brackets, or is localhost. Text
# before an @ counts, too, because such a URL is then refused without repeating a password.
_HOST = re.compile(
    r"""
    (?: [^\s/?\#]*@[^\s/?\#]+                       # user:password@host
      | \[[0-9A-Fa-f:.]+\] (?: :[0-9]* )?           # [::1]:3000
      | [^\s/?\#@:\[\]]+ :[0-9]+                    # localhost:3000
      | [^\s/?\#@:\[\]]+ \. [^\s/?\#@:\[\]]+        # staging.example
      | [^\s/?\#@:\[\]]+ (?=/)                      # receiver/hook
      | localhost
    )
    (?: [/?\#] .* )?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def short_address(to: str) -> str:
    """Return a target for display: `localhost:3000/hook` for its URL over HTTP, other text unchanged."""
    return to.removeprefix("http://").removesuffix("/") if to.startswith("http://") else to


def typed_url(text: str, default_scheme: Literal["http", "https"] = "http") -> str:
    """Return `text` as a URL. An address without a scheme gets the default one, and a bare port gets
    localhost.

    Text that already has a scheme, or that is not an address (such as the name of a target), is returned
    unchanged, without surrounding spaces.
    """
    text = text.strip()
    if "://" in text:
        return text
    if _PORT.match(text):
        return f"{default_scheme}://localhost:{text}"
    if _HOST.fullmatch(text):
        return f"{default_scheme}://{text}"
    return text
