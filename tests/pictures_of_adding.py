"""Pictures of captures that are dropped and pasted; see pictures.py."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent

from inspector.domain.capture.native import ExportedCapture, dump_line, head_line
from inspector.domain.query.scope import EVERYTHING
from inspector.gui.add_captures.add_dialog import AddDialog
from inspector.gui.add_captures.card import AddItem
from inspector.session.file.preview import AddSource
from tests.builders import a_capture, signature
from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album

DAY_MS = 86_400_000
_SCALE = {
    "user_id": "kenji.watanabe@example.jp",
    "app_key": "blitzllama_api_key",
    "survey_id": "s-ja",
    "survey_name": "オンボーディング調査",
    "group_id": "g-ja",
    "platform": "ios",
    "event_type": "response_group",
    "responses": [
        {"question_id": "q-1", "question_order": 1, "response": 4, "question_text": "?",
         "question_type": "scale_feedback", "created_at": "2026-11-24T12:00:00.000Z"},
        {"question_id": "q-2", "question_order": 2, "response": "画面の切り替えが速くなりました",
         "question_text": "?",
         "question_type": "input_feedback", "created_at": "2026-11-24T12:00:09.000Z"},
    ],
}  # fmt: skip


def an_export(path: Path, bodies: list[bytes], known: list[str]) -> Path:
    """An export with these bodies, two of them with a wrong signature, and lines that are stored already."""
    lines = [head_line(), *known]
    for number, body in enumerate(bodies):
        capture = a_capture(
            body, signed=number % 20 != 3, received_ms=1_795_510_800_000 + number * DAY_MS // 9
        )
        if number % 20 == 7:
            capture = a_capture(
                body + b" ",
                headers=((b"x-webhook-signature", b"0" * 64),),
                signed=False,
                received_ms=capture.received_ms,
            )
        lines.append(dump_line(number, ExportedCapture(capture=capture)))
    path.write_text("\n".join(lines))
    return path


async def adding(album: Album) -> None:
    """Four things at once, their rows, one alone, a drag over the window, and what is added."""
    from tests.pictures import event

    window, session = album.window, album.session
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ids = list(await session.captures.ids(EVERYTHING, "", limit=5))
        known = [line async for part in session.import_export.exported(ids) for line in part.lines][1:]
        known = [line for line in known if '"body"' in line]
        bodies = [event(number % 3, number, None if number % 2 else 2) for number in range(40)]
        export = an_export(folder / "export-2026-11-25.ndjson", bodies, known)
        (folder / "notes.docx").write_bytes(b"PK\x03\x04" + bytes(41_000))
        body = event(0, 1, None).decode().replace('{"', '{\n"', 1) + "\n"
        curl = (
            "curl -X POST https://example.com/hook \\\n  -H 'Content-Type: application/json' \\\n"
            f"  -H 'X-Webhook-Signature: {signature(body.encode()).decode()}' \\\n"
            f"  --data @- <<'END'\n{body}END\n"
        )
        items = [
            AddItem(source=AddSource(path=export), origin="dropped file"),
            AddItem(source=AddSource(data=curl.encode()), origin="pasted"),
            AddItem(source=AddSource(data=json.dumps(_SCALE, ensure_ascii=False).encode()), origin="pasted"),
            AddItem(source=AddSource(path=folder / "notes.docx"), origin="dropped file"),
        ]
        for size in ((1440, 900), (1024, 700)):
            window.resize(*size)
            window.add_commands.show_items(items)
            dialog = await opened(album)
            if size[0] > 1024:
                dialog.resize(918, dialog.height())
                await asyncio.sleep(0.2)
            await album.save("add-captures" if size[0] > 1024 else "add-captures-small", dialog)
            if size[0] > 1024:
                dialog.cards[0].note.link.click()
                dialog.cards[1].cure.link.click()
                await asyncio.sleep(0.5)
                await album.save("add-captures-open", dialog)
                window.actions_table["mask"].trigger()
                await album.save("add-captures-masked", dialog)
                window.actions_table["mask"].trigger()
            dialog.reject()
        window.resize(1440, 900)
        data = QMimeData()
        data.setText("x")
        entered = QDragEnterEvent(
            QPointF(700, 400).toPoint(), Qt.DropAction.CopyAction, data,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        window.add_commands.drop_area.eventFilter(window, entered)
        await album.save("add-captures-over")
        window.add_commands.drop_area.eventFilter(window, QDragLeaveEvent())
        window.add_commands.show_items(items[1:3])
        dialog = await opened(album)
        dialog.verb.click()
        await until(lambda: bool(session.captures.undo_steps))
        await asyncio.sleep(3)
        await album.save("added-captures")
        window.actions_table["undo"].trigger()
        await asyncio.sleep(0.5)


async def opened(album: Album) -> AddDialog:
    """The dialog, once it has read everything."""
    found = await until(lambda: [one for one in album.window.findChildren(AddDialog) if one.isVisible()])
    dialog = found[0]
    await until(lambda: all(card.preview is not None for card in dialog.cards))
    await asyncio.sleep(0.3)
    return dialog
