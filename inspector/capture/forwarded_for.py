"""The client's address as a proxy tells it; anybody can send that, so it is shown as claimed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from inspector.base.visible import shortened, visible_bytes

_FOR = re.compile(r'(?:^|[;,])\s*for\s*=\s*(?:"([^"]*)"|([^;,\s]*))', re.IGNORECASE)
_LENGTH = 64  # an IPv6 address with zone and port is shorter


def claimed_address(headers: Mapping[str, str]) -> str | None:
    """The first address in Forwarded (RFC 7239), X-Forwarded-For, X-Real-IP or CF-Connecting-IP."""
    address = ""
    if forwarded := headers.get("Forwarded"):
        match = _FOR.search(forwarded)
        address = (match[1] or match[2] or "") if match else ""
    if not address and (hops := headers.get("X-Forwarded-For")):
        address = hops.partition(",")[0]
    if not address:
        address = headers.get("X-Real-IP") or headers.get("CF-Connecting-IP") or ""
    address = address.strip()
    if not address:
        return None
    return shortened(visible_bytes(address.encode("utf-8", "surrogateescape")), _LENGTH)
