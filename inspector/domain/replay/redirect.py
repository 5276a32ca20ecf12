"""A redirect that was followed, and its description. The client follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_REDIRECTS = 10
FOLLOWED = (
    f"At most {MOST_REDIRECTS} redirects are followed. 307 and 308 keep the method "
    "and body. 303, and 301 and 302 after a POST, send a GET without a body. "
    "Another scheme, host or port gets no signature, Authorization, Cookie, header "
    "of the target or client certificate."
)
"""What a plan that follows redirects will do, shown before it starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """One redirect between the target and the final response."""

    status: int
    """The status of the redirecting response."""
    url: str
    """Its destination, absolute and normalised."""


def redirects_text(redirects: Sequence[Redirect]) -> str:
    """Return `307 to http://127.0.0.1:3000/new, 303 to http://127.0.0.1:3000/done`, not made visible."""
    return ", ".join(f"{one.status} to {one.url}" for one in redirects)
