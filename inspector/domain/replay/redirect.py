"""A redirect that was followed, and its description. The client follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_REDIRECTS = 10
FOLLOWED = (
    f"Redirects are followed, {MOST_REDIRECTS} at most: after 307 and 308 with the same method and body;"
    " after 303, and of a POST after 301 and 302, as a GET without the body. To another scheme, host or port"
    " goes no signature, Authorization, Cookie, header of the target's own or client certificate."
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
