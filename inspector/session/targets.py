"""Named targets of a file: a URL with a name, and its own headers, TLS, time-outs and marker.

Header values can be credentials. They are stored in the keyring, or last for this run only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from inspector.base.errors import InspectorError, NotFound, UsageError, did_you_mean
from inspector.base.next_step import next_step
from inspector.base.signals import Signal
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.client.outcome import ResponseLimits
from inspector.client.retry import Policy
from inspector.client.target import Destination, Target, Tls
from inspector.client.wire import own_headers
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.headers import as_texts, from_texts
from inspector.domain.replay.address_text import typed_url
from inspector.settings.keyring import Keyring
from inspector.settings.settings import Settings
from inspector.store.store import Store
from inspector.store.write import small_tables

__all__ = ["FOR_THIS_RUN", "MAX_NAME", "Destination", "NamedTarget", "Targets", "Tls"]

MAX_NAME = 60
_PLAIN = Tls()
FOR_THIS_RUN = (
    "This system has no secure keyring, so the values of its headers are forgotten when the program ends."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTarget:
    """A target as the user created it."""

    name: str
    url: str
    headers: HeaderPairs = ()
    authority: Path | None = None
    """The certificate of a private CA, as PEM."""
    certificate: Path | None = None
    """The client certificate."""
    key: Path | None = None
    """None if the file of the certificate contains the key."""
    connect_s: float | None = None
    """None for the setting `connect_seconds`."""
    answer_s: float | None = None
    """None for the setting `answer_seconds`."""
    has_marker: bool = False
    missing: tuple[str, ...] = ()
    """Names of headers whose values are not available (yet)."""


class Targets:
    """The named targets of a file, and the destinations of names and URLs."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.changed: Signal[None] = Signal("targets.changed")
        self._store = store
        self._keyring = Keyring()
        self._values: dict[str, HeaderPairs] = {}
        """Available header pairs, by the name of their target."""
        self._limits = response_limits(settings)

    def names(self) -> tuple[NamedTarget, ...]:
        """Return every target in the order of creation, with the available header values."""
        return tuple(map(self._named, self._store.read(small_tables.targets)))

    def find(self, name: str) -> NamedTarget | None:
        """Return the target of that name, as in `names`, or None."""
        return next((target for target in self.names() if target.name == name), None)

    async def whole(self, name: str) -> NamedTarget | None:
        """As `find`, with header values from the keyring if it has them."""
        target = self.find(name)
        if target is None or not target.missing:
            return target
        if await asyncio.to_thread(self._keyring.find) is not None:
            text = await asyncio.to_thread(self._keyring.get, self._place, name)
            if text is not None:
                self._values[name] = from_texts(json.loads(text))
        return self.find(name)

    async def check_keyring(self) -> None:
        """Check that header values can be saved. Raises InspectorError."""
        if await asyncio.to_thread(self._keyring.find) is None:
            step = next_step(
                terminal="Start GNOME Keyring or KWallet, or use a URL and `replay --header-file FILE`.",
                window="Start a keyring such as GNOME Keyring or KWallet, then try again.",
            )
            raise InspectorError(f"No secure keyring was found, so header values cannot be saved. {step}")

    def address(self, to: str) -> str:
        """Return the URL of a target's name or of an address. Raises UsageError for text that is neither."""
        named = None if "://" in to else self.find(to.strip())
        return self._url(to) if named is None else named.url

    def _url(self, to: str) -> str:
        url = typed_url(to)
        if "://" not in url:
            guess = did_you_mean(url, [target.name for target in self.names()])
            raise UsageError(
                f"There is no target {shortened(visible(url), 60)}.{guess} Use the name of a target, or an"
                " address such as localhost:3000."
            )
        return url

    def check_known(self, name: str) -> None:
        """Check that there is a target of this name. Raises NotFound."""
        if self.find(name) is None:
            names = [target.name for target in self.names()]
            raise NotFound(
                f"There is no target {shortened(visible(name), MAX_NAME)}.{did_you_mean(name, names)}"
            )

    async def resolve(self, to: str, *, headers: HeaderPairs = (), tls: Tls = _PLAIN) -> Destination:
        """Return the destination of a target's name or an address. Only an address can have headers and TLS.

        Raises UsageError for text that is neither, and InspectorError if header values are missing.
        """
        named = None if "://" in to else await self.whole(to.strip())
        if named is None:
            target = _fit(replace(Target.parse(self._url(to)), headers=own_headers(headers), tls=tls))
            return Destination(target=target, limits=self._limits)
        if headers or tls != _PLAIN:
            raise UsageError(
                f"The target {named.name} has its own headers and certificates. Remove them from the command."
            )
        if named.missing:
            raise InspectorError(
                f"The values of headers of the target {named.name} are no longer known "
                f"({', '.join(named.missing)}). Enter them again."
            )
        return self.destination(named)

    def destination(self, named: NamedTarget) -> Destination:
        """Return the destination of a target, saved or not. Raises UsageError if it is invalid."""
        tls = Tls(authority=named.authority, certificate=named.certificate, key=named.key)
        target = _fit(
            replace(Target.parse(typed_url(named.url)), headers=own_headers(named.headers), tls=tls)
        )
        limits = replace(
            self._limits,
            connect_s=self._limits.connect_s if named.connect_s is None else named.connect_s,
            whole_s=self._limits.whole_s if named.answer_s is None else named.answer_s,
        )
        if not 0.1 <= limits.connect_s <= 600 or not 0.1 <= limits.whole_s <= 3600:
            raise UsageError(
                "The times of a target are out of range. Use 0.1 to 600 s to connect and 0.1 "
                "to 3,600 s to respond."
            )
        return Destination(target=target, limits=limits, has_marker=named.has_marker, name=named.name)

    async def save(self, named: NamedTarget, *, replaces: str | None = None) -> str | None:
        """Save a new target, or change the one named `replaces`.

        Return a sentence on how long its header values last if they are not saved. Raises UsageError for an
        invalid target, or if another target has its name.
        """
        name = named.name.strip()
        if not name or len(name) > MAX_NAME or visible(name) != name or "://" in name:
            raise UsageError(f"A target's name has up to {MAX_NAME} visible characters, such as staging.")
        named = replace(named, name=name)
        url = self.destination(named).target.url
        old = None if replaces is None else self.find(replaces)
        row = small_tables.StoredTarget(name=name, url=url, options=_options(named))
        if not await self._store.write(partial(small_tables.put_target, target=row, replaces=replaces)):
            raise UsageError(f"There is already a target {name}. Choose another name, or change that target.")
        if old is not None and old.name != name and (old.headers or old.missing):
            self._values.pop(old.name, None)
            await self._forget_values(old.name)
        # After the file, so that the keyring never has values that no target refers to.
        said = None
        if named.headers:
            self._values[name] = named.headers
            said = await self._keep_values(name, named.headers)
        elif self._values.pop(name, None) is not None or named.missing:
            await self._forget_values(name)
        self.changed.emit(None)
        return said

    async def remove(self, name: str) -> None:
        """Remove a target, and the values of its headers from the keyring."""
        target = self.find(name)
        await self._store.write(lambda connection: small_tables.drop_target(connection, name))
        if target is not None and (target.headers or target.missing):
            self._values.pop(name, None)
            await self._forget_values(name)
        self.changed.emit(None)

    async def _keep_values(self, name: str, headers: HeaderPairs) -> str | None:
        if await asyncio.to_thread(self._keyring.find) is None:
            return FOR_THIS_RUN
        text = json.dumps(as_texts(headers))
        try:
            await asyncio.to_thread(self._keyring.put, self._place, name, text)
        except InspectorError as error:
            return f"{error} Until then, the values of its headers are forgotten when the program ends."
        return None

    async def _forget_values(self, name: str) -> None:
        if await asyncio.to_thread(self._keyring.find) is not None:
            await asyncio.to_thread(self._keyring.drop, self._place, name)

    @property
    def _place(self) -> str:
        """The place of header values, separate from the secrets of the file, which can have any name."""
        return f"{self._store.path.resolve()}#targets"

    def _named(self, row: small_tables.StoredTarget) -> NamedTarget:
        headers = self._values.get(row.name, ())
        options = row.options
        return NamedTarget(
            name=row.name,
            url=row.url,
            headers=headers,
            authority=_path(options, "authority"),
            certificate=_path(options, "certificate"),
            key=_path(options, "key"),
            connect_s=options.get("connect_s"),
            answer_s=options.get("answer_s"),
            has_marker=bool(options.get("marker")),
            missing=() if headers else tuple(options.get("headers", ())),
        )


def response_limits(settings: Settings) -> ResponseLimits:
    """Return the limits for the response of a target without its own."""
    return ResponseLimits(
        connect_s=settings.number("connect_seconds"),
        whole_s=settings.number("answer_seconds"),
        response_body=settings.whole("answer_bytes"),
    )


def retry_policy(settings: Settings) -> Policy:
    """Return how the settings retry a failed delivery of a forward."""
    return Policy(
        tries=settings.whole("forward_tries"),
        first_s=settings.number("forward_first_seconds"),
        longest_s=settings.number("forward_longest_seconds"),
    )


def _fit(target: Target) -> Target:
    """Return the target. Raises UsageError if its certificates are inconsistent."""
    if target.scheme == "http" and target.tls != _PLAIN:
        raise UsageError("Certificates need an https:// target. Change the URL, or remove them.")
    if target.tls.key is not None and target.tls.certificate is None:
        raise UsageError("The key is set without a client certificate. Add the certificate.")
    return target


def _options(named: NamedTarget) -> dict[str, Any]:
    """Return the options that the file stores, with only the names of headers."""
    return {
        "headers": [visible_bytes(name) for name, _ in named.headers],
        "authority": named.authority and str(named.authority),
        "certificate": named.certificate and str(named.certificate),
        "key": named.key and str(named.key),
        "connect_s": named.connect_s,
        "answer_s": named.answer_s,
        "marker": named.has_marker,
    }


def _path(options: Mapping[str, Any], name: str) -> Path | None:
    text = options.get(name)
    return Path(text) if text else None
