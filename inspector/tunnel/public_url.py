"""The check of a URL that a tunnel program printed: hostile text until it has passed."""

from __future__ import annotations

import ipaddress
import re

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.client.target import Target
from inspector.domain.replay.address_text import typed_url

MAX_LENGTH = 500
"""Host names have at most 253 characters, and the URL of a tunnel has at most a slash as its path."""
_URL = re.compile(r"https?://[^\s\"'<>`|]+", re.IGNORECASE)
_ALONE = re.compile(r"[\s\-*|>]*(https?://\S+)\s*\|?\s*", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CLOSING = ".,;:!?)]}"


class NotPublic(Exception):
    """Raised for a URL that no tunnel gives. `str(error)` is why, as the end of a sentence."""


class PublicUrlError(UsageError):
    """Raised for a public URL that the user gave and that cannot be used."""


def checked_url(text: str, hosts: tuple[str, ...] = ()) -> str:
    """Return a public URL in normal form, without a slash at its end. Raises NotPublic with the reason.

    `hosts` are the domains of the tunnel's service. Without them, every host but this machine is accepted.
    """
    quoted = f"“{shortened(visible(text), 80)}”"
    if len(text) > MAX_LENGTH:
        raise NotPublic(f"{quoted}, which is longer than {MAX_LENGTH} characters")
    try:
        if not text.isascii():  # a tunnel has no reason for it, and it can look like another URL
            raise UsageError(text)
        target = Target.parse(text)
    except UsageError:
        raise NotPublic(f"{quoted}, which is not a plain http or https URL") from None
    host = target.host.rstrip(".")
    if hosts and not (target.scheme == "https" and any(host.endswith(f".{domain}") for domain in hosts)):
        raise NotPublic(f"{quoted}, which is not an https URL of {' or '.join(hosts)}")
    if hosts and (target.port != 443 or target.path is not None):
        raise NotPublic(f"{quoted}, which has a port or a path")
    if not hosts and is_this_machine(host):
        raise NotPublic(f"{quoted}, which is this machine")
    if target.path is not None and "?" in target.path:
        raise NotPublic(f"{quoted}, which has a query")
    return target.url.rstrip("/")


def given_url(text: str) -> str:
    """Return the public URL that the user gave, in normal form. Raises PublicUrlError.

    It gets https:// if it has no scheme. It may be any host, also this machine.
    """
    try:
        target = Target.parse(typed_url(text, "https"))
    except UsageError as error:
        raise PublicUrlError(str(error).replace("target URL", "public URL")) from None
    if target.path is not None and "?" in target.path:
        raise PublicUrlError("The public URL has a query. Remove it.")
    return target.url.rstrip("/")


def is_this_machine(host: str) -> bool:
    """Return whether a host name or address is loopback or unspecified, without looking it up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    return ip.is_loopback or ip.is_unspecified


def url_alone(line: str) -> str | None:
    """Return the https URL of a line that contains nothing else, such as `- https://…`, or None."""
    match = _ALONE.fullmatch(_COLOUR.sub("", line))
    return match[1] if match is not None and match[1].lower().startswith("https:") else None


def first_url(line: str) -> str | None:
    """Return the first http or https URL of a line that does not lead to this machine, or None."""
    for match in _URL.finditer(_COLOUR.sub("", line)):
        url = match[0].rstrip(_CLOSING)
        try:
            checked_url(url)
        except NotPublic:
            if is_this_machine(_host(url)):
                continue  # such as "Forwarding to http://localhost:8787"
        return url
    return None


def _host(url: str) -> str:
    try:
        return Target.parse(url).host
    except UsageError:
        return ""
