"""Which header fields carry the address of a client, as proxies and tunnels write them."""

from __future__ import annotations

import re

# Forwarded, X-Forwarded-* and CF-Connecting-IP, and the names that other proxies use: X-Real-IP,
# True-Client-IP, X-Cluster-Client-IP, CloudFront-Viewer-Address, X-Original-Forwarded-For and so on.
_NAME = re.compile(
    rb"(x-)?forwarded(-.*)?|.*-forwarded-for|"
    rb"(.*-)?(client|connecting|real|remote|user|viewer|visitor|peer|source|external|originating|pseudo|socket)"
    rb"[-_]?(connection[-_]?)?(ip(v[46])?|addr(ess)?)(-.*)?",
    re.IGNORECASE,
)


def carries_client_address(name: bytes) -> bool:
    """Return whether a header field of this name says where a request came from."""
    return _NAME.fullmatch(name) is not None
