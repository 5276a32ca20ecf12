"""Pictures of the public address: the first start in each state of a tunnel, the bar, the banner, windows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QDialog

from inspector.base.clock import now_ms
from inspector.domain.capture.stray import Stray
from inspector.session.tunnels import StateWord, TunnelState
from tests.pictures_of_list import Camera
from tests.waiting import until

URL, NEW_URL = "https://quiet-river-hatch.trycloudflare.com", "https://amber-field-lamp.trycloudflare.com"
HEADERS = ("cdn-loop", "cf-connecting-ip", "cf-ipcountry", "cf-ray", "cf-visitor", "x-forwarded-for")
MISSING = ("tailscale", "ngrok")


def _show(album: Camera, word: StateWord, **facts: Any) -> None:
    """Show a state as the supervisor emits it. No picture starts a real tunnel."""
    tunnels = album.window.session.tunnels
    tunnels.state = TunnelState(word=word, kind="cloudflared", **facts)
    tunnels.changed.emit(tunnels.state)


async def _reachable(album: Camera, url: str, round_trip_ms: float) -> None:
    """Show a proved tunnel, and again once its address is stored: without a program, that has no state."""
    facts = {
        "added_headers": HEADERS,
        "changes": f"adds {', '.join(HEADERS)}; changes the case of header names",
    }
    at = now_ms() - 5_000
    while True:
        _show(album, "reachable", url=url, round_trip_ms=round_trip_ms, checked_ms=at, since_ms=at, **facts)
        if album.window.first_start.public.field.text().startswith(url):
            return
        await asyncio.sleep(0.2)


async def _both(album: Camera, name: str) -> None:
    """Save the window in its usual size, and in a small one."""
    for suffix, size in (("", (1440, 900)), ("-small", (1024, 700))):
        album.window.resize(*size)
        album.window.status.clear_message()
        await album.save(f"{name}{suffix}")
    album.window.resize(1440, 900)


async def first_start(album: Camera) -> None:
    """The first start with every state of a tunnel, and the windows that its menu opens."""
    window = album.window
    session = window.session
    await session.preferences.save("test_address", False)
    known = tuple(replace(one, is_installed=one.name not in MISSING) for one in session.tunnels.kinds())
    session.tunnels.kinds = lambda: known  # type: ignore[method-assign]
    window.address_commands.find_programs()
    await _both(album, "first-start")
    window.listener_commands.port_suggested.emit("Port 8787 is in use.", "Listen on 8788")
    await _both(album, "first-start-port-in-use")
    window.listener_commands.not_listening.emit(None)
    window.listener_commands.listening_changed.emit(session.ingest.url)
    _show(album, "starting", since_ms=now_ms() - 3_000)
    await _both(album, "tunnel-starting")
    await _reachable(album, URL, 42)
    await _both(album, "tunnel-reachable")
    lost = "The test request did not come back within 10 s."
    for name, word, facts in (
        ("unreachable", "unreachable", {"problem": lost, "since_ms": now_ms(), "checked_ms": now_ms()}),
        ("restarting", "restarting", {"problem": "cloudflared has ended.", "retry_at_ms": now_ms() + 8_900}),
    ):
        _show(album, word, url=URL, **facts)  # type: ignore[arg-type]
        await _both(album, f"tunnel-{name}")
    refused = "Cloudflare refused a new quick tunnel: too many requests."
    _show(album, "stopped", problem=refused, reason="too many requests", retry_at_ms=now_ms() + 290_000)
    await _both(album, "tunnel-stopped")
    await _reachable(album, URL, 42)
    await _windows(album)
    _end(album)


def _end(album: Camera) -> None:
    """End the tunnel, so that requests to every path are captured again. Its address stays."""
    tunnels = album.window.session.tunnels
    tunnels.state = TunnelState()
    tunnels.changed.emit(tunnels.state)


async def changed_address(album: Camera) -> None:
    """The banner, after the tunnel got another URL."""
    await _reachable(album, NEW_URL, 180)
    await until(album.window.changed_banner.isVisible)
    await _both(album, "address-changed")
    album.window.screen_mask.set_on(True)
    await album.save("address-masked")
    album.window.screen_mask.set_on(False)
    album.window.changed_banner.confirm.click()
    await until(lambda: not album.window.changed_banner.isVisible())
    _end(album)


async def _windows(album: Camera) -> None:
    """The menu, the forms, and the windows of the log, the headers, the code and the stray requests."""
    window = album.window
    session = window.session
    for number, target in enumerate((b"/wp-login.php", b"/.env", b"/in/old1old1")):
        head = ((b"Host", b"quiet-river-hatch.trycloudflare.com"), (b"User-Agent", b"zgrab/0.x \xff"))
        await session.strays.take(
            Stray(
                received_ms=now_ms() - number * 60_000,
                method="POST" if number == 2 else "GET",
                target=target,
                remote="127.0.0.1:51234",
                claimed="203.0.113.7",
                body_bytes=900 if number == 2 else 0,
                version="HTTP/1.1",
                headers=head,
                body=b'{"event_type":"answer"}' if number == 2 else b"",
            )
        )
    await asyncio.sleep(0.7)
    menu = window.bar.public.menu
    menu.fill(window.address_commands.view)
    await album.save("address-menu", menu)
    lines = [f"2026-11-28T12:03:{number:02}Z INF Registered tunnel connection" for number in range(40)]
    session.tunnels.lines = lambda: tuple(lines)  # type: ignore[method-assign]
    for name in (
        "tunnel-log",
        "tunnel-headers",
        "show-qr",
        "strays",
        "tunnel-ssh",
        "tunnel-command",
        "set-address",
    ):
        action = window.actions_table[name]
        action.setEnabled(True)
        action.trigger()
        await asyncio.sleep(0.3)
        [dialog] = [one for one in window.findChildren(QDialog) if one.isVisible()]
        await album.save(f"window-{name}", dialog)
        dialog.reject()
