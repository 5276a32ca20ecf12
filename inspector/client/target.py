"""The URL that captures are sent to, parsed strictly: an ambiguous URL is refused with a reason."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.client.outcome import ResponseLimits
from inspector.domain.capture.capture import HeaderPairs

Scheme = Literal["http", "https"]

DEFAULT_PORTS: dict[Scheme, int] = {"http": 80, "https": 443}

# The parts of a URL with an authority, as in RFC 3986, appendix B.
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<rest>.*)")
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[^:]*))?")
_HOST = re.compile(r"(?=.{1,253}\.?\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_PORT = re.compile(r"[0-9]{1,5}")
_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
# IDNA 2003 (Python) and IDNA 2008 (browsers) map these to different hosts.
_DEVIATING = re.compile("[\u00df\u1e9e\u03c2\u200c\u200d]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How an HTTPS target is checked, and the client certificate: files in PEM format."""

    authority: Path | None = None
    """The file of a private CA. None for the system's authorities."""
    certificate: Path | None = None
    """The client certificate with its chain. It may include the key."""
    key: Path | None = None

    def as_options(self) -> dict[str, str]:
        """Return the options for JSON. `from_options` reads them back to an equal value."""
        files = {"authority": self.authority, "certificate": self.certificate, "key": self.key}
        return {name: str(file) for name, file in files.items() if file is not None}

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Tls:
        """Read the result of `as_options`. Missing options are not set."""
        return cls(**{name: Path(file) for name, file in options.items()})


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where to connect, the Host header, and the request target if the URL has one."""

    scheme: Scheme
    host: str
    """Lower case ASCII. An IPv6 address is without brackets."""
    port: int
    path: str | None
    """Path and query to send. None to send the captured target."""
    headers: HeaderPairs = ()
    """The target's own headers. Each replaces captured ones of its name, or is added (see `own_headers`)."""
    tls: Tls = Tls()

    @classmethod
    def parse(cls, url: str) -> Target:
        """Parse a URL. Raises UsageError with the reason if it is not valid.

        No message repeats a user name or a password in the URL.
        """
        url = url.strip(" ")
        if _BLANK.search(url):
            raise UsageError("The target URL contains a space or a control character. Remove it.")
        match = _URL.fullmatch(url)
        if match is None or match["scheme"].lower() not in DEFAULT_PORTS:
            raise UsageError("The target URL must start with http:// or https://.")
        if "@" in match["authority"]:
            raise UsageError("The target URL has a user name or a password, which is never sent. Remove it.")
        if "#" in match["rest"]:
            raise UsageError("The target URL has a fragment (#…), which is never sent. Remove it.")
        scheme: Scheme = "https" if match["scheme"].lower() == "https" else "http"
        authority = _AUTHORITY.fullmatch(match["authority"])
        if authority is None:
            raise UsageError(
                f"{_quoted(match['authority'])} is not a valid host. Write an IPv6 address in "
                "brackets, as in [::1]."
            )
        return cls(
            scheme=scheme,
            host=_host(authority["host"]),
            port=_port(authority["port"]) or DEFAULT_PORTS[scheme],
            path=_path(match["path"], match["rest"]),
        )

    @cached_property
    def netloc(self) -> str:
        """The value of Host, with the port unless it is the default of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @cached_property
    def url(self) -> str:
        """The target in normal form, which `parse` reads back to an equal value."""
        return f"{self.scheme}://{self.netloc}{self.path or '/'}"

    def request_target(self, captured: bytes) -> bytes:
        """Return the request target: either path and query of the URL or `captured`, never both."""
        return captured if self.path is None else self.path.encode("ascii")


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1].replace("%", "zone")))
        except ValueError:
            raise UsageError(
                f"{_quoted(text)} is not a valid IPv6 address. A target cannot have a zone such as %eth0."
            ) from None
    if not text:
        raise UsageError("The target URL has no host. Add one, as in http://localhost:3000.")
    name = text
    if not text.isascii():
        if _DEVIATING.search(text):
            raise UsageError(f"{_quoted(text)} can mean two hosts. Write it in its ASCII form, xn--….")
        try:
            name = text.encode("idna").decode("ascii")
        except UnicodeError:
            raise UsageError(f"{_quoted(text)} is not a valid host name.") from None
    if not _HOST.fullmatch(name):
        raise UsageError(f"{_quoted(text)} is not a valid host name.")
    return name.lower()


def _port(text: str | None) -> int | None:
    if not text:
        return None
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise UsageError(f"{_quoted(text)} is not a valid port. Use a number from 1 to 65535.")
    return int(text)


def _path(path: str, query: str) -> str | None:
    if path in ("", "/"):
        if query not in ("", "?"):
            raise UsageError(
                "The target URL has a query but no path. Add a path, or remove the query to "
                "send each capture’s own path and query."
            )
        return None
    # Non-ASCII characters are percent-encoded as UTF-8, as in browsers. All others are unchanged.
    return "".join(c if c.isascii() else quote(c, errors="surrogatepass") for c in path + query)


def _quoted(text: str) -> str:
    return f"“{shortened(visible(text), 60)}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A target that is ready for sending."""

    target: Target
    limits: ResponseLimits
    has_marker: bool = False
    name: str | None = None
    """None for a URL."""

    @property
    def text(self) -> str:
        """The name, or else the URL: text that leads here again."""
        return self.name or self.target.url
