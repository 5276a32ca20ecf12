"""Checks of `doctor` about the public address: the tunnel programs, and whether the address leads here."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from inspector.base.clock import now_ms
from inspector.base.errors import BusyError, InspectorError
from inspector.base.visible import visible
from inspector.capture.bound_port import BoundPort
from inspector.capture.limits import Limits
from inspector.capture.listener import Listener
from inspector.domain.capture.capture import Capture
from inspector.domain.mask.masked_capture import masked_sentence
from inspector.session.address.listener_tls import ListenerTls
from inspector.session.address.public_address import stored_address
from inspector.session.tunnels import stored_state, tunnel_choices
from inspector.store.file.database import connect_unchanged
from inspector.store.file.locks import ListenerLock
from inspector.tunnel.health import probe
from inspector.tunnel.state import TunnelState

_PROCESS = re.compile(r"\(process (\d{1,9})\)")
_START = "Start `listen --tunnel`, or the program that makes the address public."


class AddressResult(NamedTuple):
    """The result of a check of the public address."""

    is_ok: bool
    says: str
    fix: str | None = None


def installed_tunnels() -> str:
    """Return a sentence about the tunnels whose program is installed."""
    kinds = [one for one in tunnel_choices() if one.program]
    names = [one.name for one in kinds if one.is_installed]
    missing = [one.name for one in kinds if not one.is_installed]
    has = f"Installed: {', '.join(names)}." if names else "No tunnel program is installed."
    return has + (f" Not installed: {', '.join(missing)}." if missing else "")


async def check_address(
    database: Path, port: BoundPort, tls: ListenerTls, *, is_on: bool
) -> AddressResult | None:
    """Return whether the public address of a file leads to its listener, or None if it has no address.

    A running listener has stored its result. Otherwise one listens at `port` for the test, and refuses all
    other requests.
    """
    try:
        found = await asyncio.to_thread(_stored, database)
    except (InspectorError, OSError, sqlite3.Error):  # a result of another check
        return None
    if found is None:
        return None
    text, is_of_tunnel, is_set_here, state = found
    shown = visible(masked_sentence(text, ()))  # this output is pasted into bug reports
    holder = _holder(database)
    if holder is not None and state is not None:
        is_ok = state.word in ("reachable", "starting")
        why = "" if state.problem is None else f" {state.problem}"
        return AddressResult(is_ok, f"{shown} is {state.text(now_ms())}, says {visible(holder)}.{why}")
    if holder is not None or not is_on:
        return AddressResult(True, f"{shown} was not tested.")
    if not is_set_here:
        fix = "If it is yours, use `address set` with it."
        return AddressResult(True, f"{shown} was not tested, because it was not set on this machine. {fix}")
    try:
        problem = await _tested(text, port, tls)
    except InspectorError as error:
        return AddressResult(True, f"{shown} was not tested. {error}")
    if problem is None:
        return AddressResult(True, f"{shown} leads to this machine: a test request came back.")
    if is_of_tunnel:
        return AddressResult(True, f"{shown} belongs to a tunnel that is not running. {_START}")
    return AddressResult(False, f"{shown} does not lead to this machine. {problem}", _START)


def _holder(database: Path) -> str | None:
    """Return the published name of the process that captures into a file, or None if none runs."""
    lock = ListenerLock(database)
    if not lock.is_named:
        return None
    name = lock.holder()
    match = _PROCESS.search(name)
    if match is not None and os.name == "posix":
        with suppress(PermissionError):  # it belongs to another user
            try:
                os.kill(int(match[1]), 0)
            except ProcessLookupError:
                return None  # it was killed
    return name


def _stored(database: Path) -> tuple[str, bool, bool, TunnelState | None] | None:
    if not database.exists():
        return None
    with closing(connect_unchanged(database)) as connection:
        text, path, is_set_here = stored_address(connection)
        if text is None:
            return None
        is_of_tunnel = path is not None and text.endswith(path)
        return text, is_of_tunnel, is_set_here, stored_state(connection)


async def _tested(address: str, port: BoundPort, tls: ListenerTls) -> str | None:
    """Listen for a test request, and return why it did not come back, or None."""
    listener = Listener(port=port, limits=Limits(), take=_refuse, take_refused=_refuse)
    await listener.start(tls=await tls.server_context() if tls.is_on else None)
    try:
        return (await probe(address, listener.probes)).problem
    finally:
        await listener.stop()


async def _refuse(_: Capture) -> None:
    raise BusyError("only the test of the public address is received now")
