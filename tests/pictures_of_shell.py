"""Pictures of the frame: without a selection, in a scope, in small windows, and a window of one capture."""

from __future__ import annotations

import asyncio

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.alerts.tray import badged
from inspector.gui.kit.icons import app_icon
from inspector.gui.summary.page_bar import CAPTURES, SUMMARY
from tests.pictures_of_list import Camera


async def frame(album: Camera) -> None:
    """Each layout of the window. The status bar shows its counts and the hint, not a message."""
    window = album.window
    window.list.select_nothing()
    await window.session.replays.remember_target("localhost:3000/hook")
    window.status.clear_message()
    window.replay_hint.refresh()
    for name, size in (("frame", (1440, 900)), ("frame-small", (1024, 700)), ("frame-wide", (2560, 1440))):
        window.resize(*size)
        await asyncio.sleep(0.3)
        await album.save(name)
    window.resize(1024, 700)
    window.filter_row.surveys.click()
    await album.save("frame-small-tree")
    window.list.setFocus()
    window.resize(1440, 900)
    window.surveys.tree.select(Scope(part="surveys", survey_id="s-71c04e"))
    await asyncio.sleep(0.5)
    await album.save("frame-scope")
    window.filter_row.field.setText("user:user_123")
    await asyncio.sleep(0.5)
    window.summary_stack.show_part(SUMMARY)
    await asyncio.sleep(1)
    await album.save("frame-summary")
    window.summary_stack.show_part(CAPTURES)
    window.filter_row.field.clear()
    window.surveys.tree.select(EVERYTHING)
    await asyncio.sleep(0.5)
    own = window.capture_windows.open(window.model.id_at(0))
    await asyncio.sleep(0.5)
    await album.save("frame-own-window", own)
    own.close()


def tray_icons(folder: str) -> None:
    """Save the icon of the tray with and without numbers."""
    for name, unread, invalid in (("none", 0, 0), ("new", 3, 0), ("invalid", 12, 2), ("many", 400, 0)):
        badged(app_icon(), unread, invalid).pixmap(64).save(f"{folder}/tray-{name}.png")
