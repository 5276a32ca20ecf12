"""Pictures of the filter field with its chips and its list, and of saved filters in the tree."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.domain.query.saved_filter import SavedFilter
from inspector.gui.filters.filter_dialog import FilterDialog
from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album


SIZES = ((1440, 900), (1024, 700), (2560, 1440))


async def filters(album: Album) -> None:
    """The field while it is typed in, at three sizes, and the tree with every kind of bell."""
    window, session = album.window, album.session
    field = window.filter_row.field
    for one in (
        SavedFilter(name="Silence over 15 min", silence_s=900, bell="on"),
        SavedFilter(name="Completions", query="event:completion"),
        SavedFilter(name="Staging, unsigned", query="verdict:unsigned", bell="muted"),
    ):
        await session.filters.put(one)
    window.activateWindow()  # the list opens for a field with the focus, and other windows were open
    await until(window.isActiveWindow)
    recent = window.captures.suggestions.recent
    for query in ("event:completion", "platform:android since:today", "verdict:invalid since:today"):
        recent.use(query)
    for width, height in SIZES:
        window.resize(width, height)
        await asyncio.sleep(0.5)  # the row is laid out anew, which closes the list
        window.list.setFocus()
        field.clear()
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        await asyncio.sleep(0.5)
        await album.save(f"filter-empty-{width}")
        QTest.keyClicks(field, "verdict:rewritten verdict:invalid since:today sur")
        await asyncio.sleep(0.8)
        await album.save(f"filter-{width}")
    window.resize(1440, 900)
    field.clear()
    field.setFocus(Qt.FocusReason.ShortcutFocusReason)
    QTest.keyClicks(field, "verdict:zz")
    await until(lambda: window.filter_row.error)
    await album.save("filter-wrong-value")
    field.clear()
    for name, query in (("filter-save", "verdict:invalid"), ("filter-save-silence", "")):
        given = SavedFilter(name="Invalid", query=query, silence_s=0 if query else 900, bell="on")
        dialog = FilterDialog(session, album.theme, given, window, mask=window.screen_mask)
        dialog.show()
        await album.save(name, dialog)
        dialog.reject()
    field.setText("verdict:invalid since:")
    window.list.setFocus()
    await asyncio.sleep(0.5)
    await album.save("filter-mistake")
    field.clear()
