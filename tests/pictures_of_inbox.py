"""Pictures of a shared inbox: its cell in each state, the menu, the dialog, the gaps, banners, settings."""

from __future__ import annotations

import asyncio
from typing import Any

from PySide6.QtWidgets import QDialog

from inspector.base.clock import now_ms
from inspector.session.inbox.state import OFF, InboxGap, InboxState, InboxWord
from tests.pictures_of_list import Camera

ADDRESS = "nats://inbox.example.com:4222/HOOKS"
_REFUSED = "The server refused the credentials in /home/kenji/nats/member.creds. Choose another file."
_AWAY = "Nothing is listening at inbox.example.com:4222. It is tried again automatically."
GAPS = tuple(
    InboxGap(first=first, last=last, noticed_ms=now_ms() - ago, why=why)
    for first, last, ago, why in (
        (
            10_204,
            10_391,
            5_400_000,
            "The limits of the stream removed 188 messages before they arrived.",
        ),
        (12_001, 12_001, 60_000, "A message was deleted from the stream before it arrived here."),
        (None, None, 1_000, "The stream was created again. Messages of the previous one are gone."),
    )
)


async def _show(album: Camera, word: InboxWord, **facts: Any) -> None:
    """Show a state as the session emits it. No picture connects to a server."""
    desk = album.window.session.desk
    desk.state = (
        OFF if word == "off" else InboxState(word=word, address=ADDRESS, member="kenji@laptop", **facts)
    )
    desk.stored_gaps = lambda limit=100: GAPS[::-1][:limit]  # type: ignore[method-assign]
    if desk.state.gaps:
        desk.gaps_found.emit(desk.state.gaps)
    desk.changed.emit(desk.state)
    await asyncio.sleep(0.3)
    album.window.status.clear_message()


async def inbox(album: Camera) -> None:
    """Each state in the usual size and in a narrow one, then what the menu opens."""
    window = album.window
    for name, word, facts in (
        ("connecting", "connecting", {}),
        ("catching-up", "catching-up", {"away": 104_203, "left": 70_102, "received": 34_101}),
        ("live", "live", {"away": 1_203, "received": 1_260, "skipped": 2}),
        ("waiting", "waiting", {"problem": _AWAY}),
        ("stopped", "stopped", {"problem": _REFUSED}),
        ("gap", "live", {"gaps": GAPS[:1], "received": 12}),
    ):
        await _show(album, word, **facts)  # type: ignore[arg-type]
        for suffix, size in (("", (1440, 900)), ("-narrow", (1000, 700)), ("-least", (860, 700))):
            window.resize(*size)
            await asyncio.sleep(0.2)
            await album.save(f"inbox-{name}{suffix}")
        window.resize(1440, 900)
    await _show(album, "live", away=1_203, received=1_260, skipped=2, gaps=GAPS)
    menu = window.bar.inbox.menu
    menu.fill(window.inbox.commands.view)
    await album.save("inbox-menu", menu)
    await _dialog(album, "inbox-gaps")
    await _show(album, "stopped", problem=_REFUSED)
    await _dialog(album, "connect-inbox")
    await album.window.session.preferences.save("inbox_creds", "/home/kenji/nats/member.creds")
    await _dialog(album, "connect-inbox", "-file")
    await album.window.session.preferences.save("inbox_creds", None)
    await _show(album, "off")


async def _dialog(album: Camera, name: str, suffix: str = "") -> None:
    album.window.actions_table[name].trigger()
    await asyncio.sleep(0.3)
    [dialog] = [one for one in album.window.findChildren(QDialog) if one.isVisible()]
    await album.save(f"window-{name}{suffix}", dialog)
    dialog.reject()
