"""Saves pictures of the window, light and dark: `python -m tests.pictures FOLDER`.

With QT_SCALE_FACTOR=2 in the environment they are as on a screen at 200 %.

A real session on a temporary file, with captures that are sent to it over a socket.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from qasync import QEventLoop

from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.query.terms import Span
from inspector.gui.forwarding.forward_dialog import ForwardDialog
from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.log import LogDialog
from inspector.gui.settings.settings_dialog import SettingsDialog
from inspector.gui.shell.app import GarbageCollector
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import SECRET_TEXT, signature
from tests.pictures_of_adding import adding
from tests.pictures_of_address import changed_address, first_start
from tests.pictures_of_check import check
from tests.pictures_of_detail import signatures, the_detail
from tests.pictures_of_edit import edits
from tests.pictures_of_filters import filters
from tests.pictures_of_inbox import inbox
from tests.pictures_of_list import lists
from tests.pictures_of_replay import many_samples, replays
from tests.pictures_of_responses import responses
from tests.pictures_of_shell import frame, tray_icons
from tests.pictures_of_strip import in_place, several
from tests.summary_pictures import summaries
from tests.waiting import until

SURVEYS = (
    ("s-71c04e", "Continuous NPS survey", "g-81f2c07a"),
    ("s-33b9d1", "Checkout CSAT", "g-2d90e415"),
    ("s-9f27aa", "Feature request board", "g-5a0c44e1"),
)
QUESTIONS = (
    ("input_feedback", "What do you think of our app?"),
    ("multi_select_feedback", "Select the issues you are facing"),
    ("nps_feedback", "How likely are you to recommend us to a colleague?"),
    ("star_feedback", "How do you rate the new editor?"),
)
TEXTS = (
    "Image upload glitches since the last update. Apart from that I use it every day.",
    "Faster than last month",
    "Keeps logging me out",
    "All good",
)
ISSUES = (["image upload", "crash issues"], ["image upload"], ["slow start"], ["login"])


def question(number: int, person: int) -> dict[str, Any]:
    """One answered question of a respondent."""
    kind, text = QUESTIONS[number]
    answers: tuple[Any, ...] = (TEXTS[person % 4], ISSUES[person % 4], 9 - person % 4, 5 - person % 3)
    return {
        "question_id": f"q-{number + 1}",
        "question_order": number + 1,
        "response": answers[number],
        "question_text": text,
        "question_type": kind,
        "created_at": f"2026-11-24T12:{person % 60:02}:{7 + number:02}.000Z",
    }


def event(survey: int, person: int, number: int | None) -> bytes:
    """An answer, or with `number` None the completion."""
    survey_id, name, group = SURVEYS[survey]
    whole = {
        "user_id": f"user_{100 + person * 23}",
        "app_key": "blitzllama_api_key",
        "survey_id": survey_id,
        "group_id": group,
        "platform": ("android", "link", "ios")[person % 3],
        "trigger": "home-page-trigger",
    }
    if number is None:
        responses = [question(one, person) for one in range(4)]
        whole |= {"survey_name": name, "event_type": "response_group", "responses": responses}
    else:
        whole |= question(number, person)
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


class Album:
    """The window in front of a camera."""

    def __init__(self, folder: Path, session: Session, window: MainWindow, theme: Theme) -> None:
        self.folder = folder
        self.session = session
        self.window = window
        self.theme = theme
        self.sent = 0

    async def save(self, name: str, widget: QWidget | None = None) -> None:
        """Save a widget, else the window, in light and in dark."""
        for is_dark in (False, True):
            self.theme.force(is_dark)
            await asyncio.sleep(0.2)
            file = self.folder / f"{name}-{'dark' if is_dark else 'light'}.png"
            assert (widget or self.window).grab().save(str(file)), f"cannot write {file}"

    async def post(
        self, body: bytes, *, secret: str | None = SECRET_TEXT, signed: bytes | None = None
    ) -> None:
        """Send a body, with a signature over it, or over other bytes."""
        url = self.session.ingest.url
        assert url is not None
        host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        lines = [b"POST / HTTP/1.1", b"Host: test", b"Content-Type: application/json", b"Connection: close"]
        lines.append(b"Content-Length: %d" % len(body))
        if secret is not None:
            lines.append(b"X-Webhook-Signature: " + signature(signed or body, secret))
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        await reader.read()
        writer.close()
        self.sent += 1

    async def settled(self) -> None:
        """Wait until everything sent stands in the list and in groups, and is fresh no more."""
        await until(lambda: self.window.model.rowCount() >= self.sent and not self.session.groups.behind)
        await asyncio.sleep(2.5)


async def fill(album: Album) -> None:
    """Captures of every kind, about forty."""
    for person in range(6):
        for survey in range(3):
            if (person + survey) % 2:
                await album.post(event(survey, person, person % 4))
            else:
                await album.post(event(survey, person, None))
    for number in range(4):
        await album.post(event(0, 1, number))
    await album.post(event(1, 8, None).replace(b'{"', b'{ "', 1), signed=event(1, 8, None))
    await album.post(event(1, 9, 2).replace(b":1", b":1.0", 1).replace(b'{"', b'{ "', 1))
    await album.post(event(2, 3, None), secret=SECRET_TEXT + "\n")
    await album.post(b'{"ping": true}', secret=None)
    for number in (0, 1):
        await album.post(event(0, 7, number))
    await album.post(event(0, 7, 0))
    await album.post(event(0, 1, None))


async def forward(album: Album) -> None:
    """The bar's part on forwarding: one that is away, two of them, the menu, and the dialog's question."""
    session, window = album.session, album.window
    await session.forwards.add("http://127.0.0.1:9/hook", rule="survey:nps OR event:answer")
    await album.post(event(0, 3, 1))
    await until(lambda: session.forwards.rows()[0].state == "waiting")
    await album.save("forward-away")
    cell = window.bar.forwarding
    cell.menu.fill(session.forwards.rows())
    await album.save("forward-menu", cell.menu)
    dialog = ForwardDialog(session, album.theme, None, window)
    dialog.open()
    dialog.target.setText("http://192.0.2.7:3000/")
    dialog.verb.click()
    await until(lambda: dialog.question.isVisible())
    await album.save("forward-dialog", dialog)
    dialog.reject()


async def list_and_strip(album: Album) -> None:
    """A span of the time strip, a column from the body, marks, and the menu of what is selected."""
    window = album.window
    strip, columns = window.strip, window.list.columns
    shown = strip.bars.shown
    assert shown.first_ms is not None
    strip.bars.span_selected.emit(Span(since_ms=shown.first_ms, before_ms=shown.first_ms + shown.step_ms))
    await asyncio.sleep(1)
    await album.save("span")
    window.filter_row.field.clear()
    await asyncio.sleep(0.5)
    usual = columns.selected
    for row, action in ((1, "pin"), (3, "color-purple"), (5, "color-teal"), (5, "pin")):
        window.list.select_capture(window.model.id_at(row))
        window.actions_table[action].trigger()
    await album.session.captures.put_note(window.model.id_at(7), "Ask them how they came to it.")
    window.captures.columns_menu.add_path("$.responses[*].response")
    columns.select({*columns.selected, "age", "size"} - {"event"})
    await asyncio.sleep(0.5)
    await album.save("columns")
    menu = window.captures.commands.menu()
    menu.resize(menu.sizeHint())
    await album.save("menu", menu)
    menu.deleteLater()
    window.captures.columns_menu.remove_path("$.responses[*].response")
    columns.select(usual)
    window.list.follow(True)


async def about_the_program(album: Album) -> None:
    """All commands, shortcuts, settings and the log; then the screen as it is shared."""
    window, session = album.window, album.session
    palette = window.palette_commands.palette
    await session.replays.remember_target("https://staging-returns.example.com/hook")
    for name, typed in (
        ("palette", "ret"),
        ("palette-all", ""),
        ("palette-settings", ">re"),
        ("palette-respondents", "@user_1"),
        ("palette-nothing", "no such words"),
        ("palette-replay-to", "replay to localhost:4000"),
    ):
        if not palette.isVisible():
            palette.open(typed)
        palette.field.setText(typed)
        await until(lambda: not palette.is_searching)
        await album.save(name)
    palette.close_again()
    reader = window.handbook_commands.open("signatures")
    await album.save("handbook", reader)
    reader.show_topic("findings", "secret-whitespace")
    reader.field.setText("secret whitespace")
    await album.save("handbook-search", reader)
    reader.close()
    await session.filters.put(SavedFilter(name="Silence over 15 min", silence_s=900, bell="on"))
    await session.preferences.save("masked_fields", ["user_id", "$.responses[*].response", "$.response"])
    await session.preferences.save("connections", 512)
    await settings(album)
    window.maintenance_commands.open_log()
    await _save_dialog(album, "log", LogDialog)
    window.actions_table["mask"].trigger()
    await asyncio.sleep(0.3)
    await album.save("masked")
    window.actions_table["mask"].trigger()


async def settings(album: Album) -> None:
    """The pages of the settings, a search, and an error below its field."""
    await album.session.preferences.save("keep_days", 30)
    album.window.settings_commands.open_settings()
    dialog = next(one for one in album.window.findChildren(SettingsDialog) if one.isVisible())
    for name in dialog.sections:
        dialog.show_page(name)
        await album.save(f"settings-{name.lower().replace(' ', '-')}", dialog)
    dialog.field.setText("retr")
    await album.save("settings-search", dialog)
    dialog.show_setting("port")
    dialog.rows["port"].entered.emit("port", "99999")
    await until(dialog.rows["port"].error.isVisible)
    await album.save("settings-error", dialog)
    dialog.close()


async def _save_dialog(album: Album, name: str, kind: type[QDialog]) -> None:
    dialog = next(one for one in album.window.findChildren(kind) if one.isVisible())
    await album.save(name, dialog)
    dialog.close()


async def story(app: QApplication, folder: Path, database: Path) -> None:
    """From an empty window to a replay."""
    session = Session(Options(database=database, port=0))
    await session.open()
    theme = Theme(app)
    window = MainWindow(session, theme)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    await session.listen()
    album = Album(folder, session, window, theme)
    await album.save("empty")
    await first_start(album)
    await session.secrets.add("production", SECRET_TEXT, save=False)
    await fill(album)
    await album.settled()
    tree, model = window.surveys.tree, window.survey_model
    for row in range(2, 4):
        survey = model.index(row, 0)
        tree.expand(survey)
        tree.expand(model.index(0, 0, survey))
    await album.save("following")
    await changed_address(album)
    await frame(album)
    tray_icons(str(folder))
    await list_and_strip(album)
    window.list.select_capture(window.model.id_at(0))
    await until(lambda: window.detail.shown)
    await album.save("valid")
    window.list.select_capture(next(one for one in range(1, 99) if _is_invalid(session, one)))
    window.detail.show_view("Signature")
    await signatures(album)
    window.detail.show_view("Answers")
    window.list.select_capture(window.model.id_at(0))
    window.resize(1024, 700)
    await album.save("small")
    window.resize(1440, 900)
    await the_detail(album, event(0, 1, None).replace(b'"response":8', b'"response":9'))
    await filters(album)
    await adding(album)
    await about_the_program(album)
    await in_place(album)
    await several(album)
    await replays(album)
    await many_samples(album)
    await edits(album, event(0, 1, None))
    await check(album)
    await responses(album)
    await summaries(session, window, album.save)
    await forward(album)
    await inbox(album)
    await lists(album)
    window.end()
    await session.close()


def _is_invalid(session: Session, capture_id: int) -> bool:
    row = session.captures.rows([capture_id]).get(capture_id)
    return row is not None and row.verdict.word == "invalid"


def main() -> int:
    """Save the pictures in the folder that is named."""
    if len(sys.argv) != 2:
        print("usage: python -m tests.pictures FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(["pictures"])
    app.setQuitOnLastWindowClosed(False)
    GarbageCollector(app)
    if "Inter" in QFontDatabase.families():  # offscreen has no system's font to follow
        app.setFont(QFont("Inter"))
    font = app.font()
    font.setPixelSize(13)
    app.setFont(font)
    with (
        tempfile.TemporaryDirectory() as place,
        asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner,
    ):
        # Settings of its own, and no log of another day.
        os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_DATA_HOME"] = place
        runner.run(story(app, folder, Path(place) / "captures.db"))
    print("\n".join(sorted(str(file) for file in folder.glob("*.png"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
