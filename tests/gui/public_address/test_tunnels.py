"""A tunnel from one click to a proved address, and everything that can happen to it, with a fake program."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.public_address.address_dialogs import AddressDialog, TunnelForm
from inspector.gui.public_address.strays_window import StraysWindow
from inspector.gui.public_address.text_windows import HeadersWindow, QrWindow, TunnelLogWindow
from inspector.gui.public_address.tiles import PASTE, TunnelTile
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from inspector.session.tunnels import TunnelState
from tests.builders import SECRET_TEXT, an_answer, signature
from tests.gui.conftest import was_shown
from tests.tunnel import recordings
from tests.tunnel.conftest import program
from tests.tunnel.programs import FakeProgram
from tests.waiting import evaluated, until

__all__ = ["program"]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one

Install = Callable[[str], FakeProgram]


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def tile(window: MainWindow, name: str) -> TunnelTile:
    return window.first_start.public.tiles.tile(name)


def local(session: Session, host: str = "127.0.0.1") -> str:
    """The listener as a public URL, so that a test request reaches it without a tunnel in between."""
    assert session.ingest.url is not None
    return f"http://{host}:{urlsplit(session.ingest.url).port}"


async def start_own(window: MainWindow, url: str) -> None:
    """Start the program `relay` as the user's own command, which has this public URL, by clicks and keys."""
    click(tile(window, "command"))
    form = await until(lambda: next(iter(window.findChildren(TunnelForm)), None))
    for field, text in ((form.field, "relay {port}"), (form.url, url)):
        field.clear()
        QTest.keyClicks(field, text)
    QTest.keyClick(form.url, Qt.Key.Key_Return)
    await until(lambda: not window.findChildren(TunnelForm))


async def reach(window: MainWindow, session: Session, host: str = "127.0.0.1") -> str:
    """Start the user's own tunnel, wait until it is proved, and return the complete address."""
    url = local(session, host)
    await start_own(window, url)
    await until(lambda: session.tunnels.state.word == "reachable" and session.tunnels.state.url == url)
    # The window shows it a frame later.
    await until(
        lambda: all(window.actions_table[name].isEnabled() for name in ("stop-tunnel", "copy-public"))
    )
    return await until(lambda: session.address.text or "", lambda text: text.startswith(url))


def is_alive(pid: int) -> bool:
    """Whether a process runs. One that has ended and was not reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def post(session: Session, address: str, *, is_signed: bool = True) -> int:
    """Send a delivery to a complete address, as the sender would. Return its status once it is evaluated."""
    assert session.ingest.url is not None
    place, here = urlsplit(address), urlsplit(session.ingest.url)
    reader, writer = await asyncio.open_connection(here.hostname, here.port)
    body = an_answer()
    lines = [f"POST {place.path or '/'} HTTP/1.1", f"Host: {place.netloc}", f"Content-Length: {len(body)}"]
    if is_signed:
        lines.append(f"X-Webhook-Signature: {signature(body, SECRET_TEXT).decode()}")
    writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    await evaluated(session)
    return status


async def test_a_click_on_a_tile_leads_to_a_proved_address_that_is_copied(
    program: Install, window: MainWindow, session: Session
) -> None:
    program("relay")
    address = await reach(window, session)
    page, cell = window.first_start, window.bar.public
    await until(lambda: page.public.field.text() == address)
    await until(lambda: page.public.status.text().startswith("round trip "))
    assert page.public.number.accessibleName() == "Step 1, done"
    assert tile(window, "command").caption.startswith("reachable, ")
    assert page.public.proof.text().startswith("A test request came back in ")
    assert cell.health.startswith("reachable, ")
    assert cell.address.text() == address
    assert page.public.code.text == address
    assert window.status.counts.text().startswith("0 captures  ·  tunnel tested every 60 s, last ")
    for button in (page.public.copy, page.copy_address):
        QGuiApplication.clipboard().clear()
        click(button)
        assert QGuiApplication.clipboard().text() == address
    assert session.captures.figures().total == 0, "a test request is not a capture"
    assert await post(session, address) == 200
    await until(lambda: window.model.rowCount() == 1)


async def test_a_tile_is_pressed_by_keys_and_its_failure_is_a_sentence(
    program: Install, window: MainWindow, session: Session
) -> None:
    program("cloudflared").plays(recordings.CLOUDFLARED_TOO_MANY)
    window.address_commands.find_programs()
    one = tile(window, "cloudflared")
    await until(lambda: not one.is_missing)
    assert one.is_primary, "the first installed kind is suggested"
    one.setFocus()
    QTest.keyClick(one, Qt.Key.Key_Return)
    await until(lambda: one.caption.startswith("stopped: too many requests. Retry in "))
    assert not one.is_primary
    step = window.first_start.public
    await until(lambda: "too many requests" in step.proof.text())
    assert [link.text() for link in step.links if link.isVisible()] == ["Retry now", "Show the log"]
    assert window.bar.public.health == one.caption
    click(window.bar.public.none)
    menu = window.bar.public.menu
    assert step.proof.text() in [action.text() for action in menu.actions()], "also where there is no tile"
    menu.close()
    click(step.links[1])
    log = await until(lambda: next(iter(window.findChildren(TunnelLogWindow)), None))
    await until(lambda: "429 Too Many Requests" in log.text.toPlainText())
    click(log.copy)
    assert "429 Too Many Requests" in QGuiApplication.clipboard().text()
    log.reject()


class Browser(QObject):
    """The browser, as Qt sees it."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open_url(self, url: QUrl) -> None:
        self.opened.append(url.toString())


async def test_a_missing_program_is_grey_and_its_page_is_one_click_away(
    program: Install, window: MainWindow, session: Session
) -> None:
    folder = program("relay").path.parent
    window.address_commands.find_programs()
    one = tile(window, "ngrok")
    await until(lambda: one.is_missing)
    assert one.caption == "not installed"
    assert not one.isEnabled()
    click(one)
    assert session.tunnels.state.word == "none"
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "open_url")
    try:
        assert one.get_it.accessibleName() == "Get ngrok"
        QTest.keyClick(one.get_it, Qt.Key.Key_Space)
        await until(lambda: browser.opened == ["https://ngrok.com/download"])
    finally:
        QDesktopServices.unsetUrlHandler("https")
    (folder / "ngrok").write_text("#!/bin/sh\n")
    (folder / "ngrok").chmod(0o755)
    window.address_commands.find_programs()
    await until(lambda: not one.is_missing)
    assert not one.get_it.isVisible()


class Drawings(QObject):
    """When a widget was last drawn."""

    last = 0.0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.last = time.monotonic()
        return False


async def test_a_start_page_at_rest_is_not_drawn_again_and_again(
    program: Install, window: MainWindow
) -> None:
    program("relay")
    window.address_commands.find_programs()
    one = tile(window, "ngrok")
    await until(lambda: one.is_missing and one.get_it.isVisible())
    drawings = Drawings()
    one.installEventFilter(drawings)
    one.update()
    await until(lambda: drawings.last)
    await until(lambda: time.monotonic() - drawings.last > 0.25)
    one.removeEventFilter(drawings)


async def test_a_changed_address_is_shown_until_the_dashboard_is_updated(
    program: Install, window: MainWindow, session: Session
) -> None:
    program("relay")
    old = await reach(window, session)
    banner = window.changed_banner
    assert not banner.isVisible()
    new = await reach(window, session, "localhost")
    await until(banner.isVisible)
    assert (banner.old.text(), banner.new.text()) == (old, new)
    assert banner.sentence.text().endswith("If Blitzllama’s dashboard has the old one, replace it.")
    assert "changed " in window.bar.public.health
    await until(
        lambda: was_shown("The public address changed. Copy the new one into Blitzllama’s dashboard.")
    )
    click(banner.copy)
    assert QGuiApplication.clipboard().text() == new
    assert banner.isVisible(), "copying it does not update the dashboard"
    click(banner.confirm)
    await until(lambda: not banner.isVisible())
    assert session.address.old is None
    assert "changed" not in window.bar.public.health


async def test_a_trusted_capture_by_the_new_address_confirms_it(
    program: Install, window: MainWindow, session: Session
) -> None:
    program("relay")
    await reach(window, session)
    new = await reach(window, session, "localhost")
    await until(window.changed_banner.isVisible)
    assert await post(session, new, is_signed=False) == 200
    await until(lambda: window.model.rowCount() == 1)
    window.address_commands.show()
    assert window.changed_banner.sentence.text().endswith("Blitzllama still sends to the old one.")
    assert window.changed_banner.isVisible(), "anyone could have sent this"
    assert await post(session, new) == 200
    await until(lambda: not window.changed_banner.isVisible())


async def test_stop_ends_the_program_and_it_starts_again_from_its_tile(
    program: Install, window: MainWindow, session: Session
) -> None:
    relay = program("relay")
    await reach(window, session)
    pid = await until(lambda: relay.report.get("pid", 0))
    menu = window.bar.public.menu
    menu.fill(window.address_commands.view)
    stop = window.actions_table["stop-tunnel"]
    assert stop in menu.actions()
    stop.trigger()
    await until(lambda: not is_alive(pid))
    await until(lambda: tile(window, "command").caption == "stopped")
    assert window.bar.public.health == "stopped"
    assert [link.text() for link in window.first_start.public.links if link.isVisible()] == [
        "Start again",
        "Show the log",
    ]
    assert not stop.isEnabled()
    await reach(window, session)


async def test_the_program_goes_on_without_the_window_and_ends_with_the_session(
    program: Install, window: MainWindow, session: Session
) -> None:
    relay = program("relay")
    await reach(window, session)
    pid = await until(lambda: relay.report.get("pid", 0))
    window.hide()
    await session.tunnels.probe()
    assert session.tunnels.state.word == "reachable"
    assert is_alive(pid)
    window.end()
    await session.close()
    assert not is_alive(pid)


async def test_the_mask_hides_the_address_its_code_and_the_log(
    program: Install, window: MainWindow, session: Session
) -> None:
    program("relay").plays([("stdout", "my token is 123")])
    address = await reach(window, session, "localhost")
    secret = address.rpartition("/")[2]
    window.actions_table["mask"].trigger()
    page = window.first_start.public
    await until(lambda: secret not in page.field.text())
    shown = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert not [text for text in shown if secret in text]
    assert page.code.text is None
    for action, kind in (("tunnel-log", TunnelLogWindow), ("show-qr", QrWindow)):
        window.actions_table[action].trigger()
        [opened] = window.findChildren(kind)
        cover = next(one for one in opened.findChildren(QWidget) if one.accessibleName().startswith("Hidden"))
        assert cover.isVisible()
        opened.reject()
        await until(lambda kind=kind: not window.findChildren(kind))
    window.actions_table["copy-public"].trigger()
    assert QGuiApplication.clipboard().text() == address, "it can still be copied"


async def test_the_mask_hides_the_host_in_the_reason_of_a_failure(
    window: MainWindow, session: Session
) -> None:
    """The sentence is that of the test of a host that does not exist."""
    address = "https://quiet-river.example.com"
    await session.address.set(address)
    await until(lambda: window.bar.public.address.text() == address)
    problem = "There is no host quiet-river.example.com. Check the URL."
    session.tunnels.state = TunnelState(word="unreachable", url=address, problem=problem)
    session.tunnels.changed.emit(session.tunnels.state)
    proof = window.first_start.public.proof
    await until(lambda: proof.text() == problem)
    window.actions_table["mask"].trigger()
    await until(lambda: proof.text() == "There is no host ••••••••. Check the URL.")


async def test_a_new_path_makes_the_old_one_stray(
    program: Install, window: MainWindow, session: Session
) -> None:
    program("relay")
    old = await reach(window, session)
    links = window.first_start.public.links
    click(await until(lambda: next((one for one in links if one.text() == "New path"), None)))
    new = await until(lambda: session.address.text, lambda text: text != old)
    assert new is not None
    await until(lambda: window.first_start.public.field.text() == new)
    assert not was_shown("The public address changed."), "the user has just done it"
    assert await post(session, old) == 404
    link = window.first_start.strays
    await until(lambda: link.isVisible() and link.text() == "Show 1 stray request")
    click(link)
    [strays] = window.findChildren(StraysWindow)
    assert urlsplit(old).path in strays.text.toPlainText()
    click(strays.clear)
    question = await until(
        lambda: next((one for one in strays.findChildren(QWidget) if one.isWindow()), None)
    )
    click(question.verb)  # type: ignore[attr-defined]
    await until(lambda: session.strays.count == 0)
    await until(lambda: strays.text.toPlainText() == "No stray requests.")
    strays.reject()
    assert await post(session, new) == 200


async def test_the_headers_that_a_tunnel_adds_are_listed(window: MainWindow, session: Session) -> None:
    window.address_commands.show_headers()
    [opened] = window.findChildren(HeadersWindow)
    assert opened.text.toPlainText() == "No headers."
    opened.reject()
    await until(lambda: not window.findChildren(HeadersWindow))
    changes = "adds cf-ray, cdn-loop; changes the case of header names; changes the path"
    session.tunnels.state = TunnelState(
        word="reachable", kind="cloudflared", added_headers=("cf-ray", "cdn-loop"), changes=changes
    )
    window.address_commands.show_headers()
    [opened] = window.findChildren(HeadersWindow)
    assert opened.text.toPlainText() == "cf-ray\ncdn-loop"
    assert opened.about.text().endswith("It also changes the case of header names; changes the path.")
    opened.reject()
    session.tunnels.state = TunnelState()


async def test_a_form_without_what_it_needs_starts_nothing(window: MainWindow, session: Session) -> None:
    click(tile(window, "ssh"))
    form = await until(lambda: next(iter(window.findChildren(TunnelForm)), None))
    assert not form.verb.isEnabled()
    QTest.keyClicks(form.field, "nobody@ bad host")
    QTest.keyClicks(form.url, "https://hooks.example.com")
    QTest.keyClick(form.url, Qt.Key.Key_Return)
    await until(form.error.isVisible)
    assert form.error.text().startswith("“nobody@ bad host” is not an SSH server.")
    assert form.field.y() < form.error.y() < form.url.y()
    assert session.settings.text("tunnel_host") == "", "it is not suggested the next time"
    for text, says in (
        ("hooks.example.com/x y", "The public URL contains a space"),
        ("ftp://x", "The public URL must start with http"),
    ):
        for line, wanted in ((form.field, "me@example.com"), (form.url, text)):
            line.clear()
            QTest.keyClicks(line, wanted)
        assert form.error.isHidden()
        QTest.keyClick(form.url, Qt.Key.Key_Return)
        await until(form.error.isVisible)
        assert form.error.text().startswith(says)
        assert form.error.y() > form.url.y()
    assert session.tunnels.state.kind is None
    QTest.keyClick(form, Qt.Key.Key_Escape)


async def test_the_tunnel_of_the_settings_starts_with_the_listener(
    program: Install, theme: Theme, tmp_path: Path
) -> None:
    relay = program("relay")
    settings = (
        ("tunnel", "command"),
        ("tunnel_command", "relay {port}"),
        ("tunnel_url", "http://127.0.0.1:9"),
    )
    session = Session(Options(database=tmp_path / "captures.db", port=0, settings=settings))
    await session.open()
    window = MainWindow(session, theme)
    window.show()
    window.address_commands.start_with_listener()
    window.listener_commands.listen()
    await until(lambda: relay.report.get("pid", 0))
    await until(lambda: tile(window, "command").caption.startswith("starting…"))
    click(tile(window, "command"))
    [form] = window.findChildren(TunnelForm)
    assert (form.field.text(), form.url.text()) == ("relay {port}", "http://127.0.0.1:9")
    form.reject()
    window.end()
    await session.close()
    window.deleteLater()


async def test_every_kind_is_in_the_palette(window: MainWindow) -> None:
    texts = {action.text() for action in window.actions_table if isinstance(action, QAction)}
    assert {"Start a tunnel: cloudflared", "Start a tunnel: Your server", "Stop the tunnel"} <= texts
    assert tile(window, PASTE).caption == "paste it; it is tested"


async def test_a_pasted_address_takes_the_place_of_a_running_tunnel(
    program: Install, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLITZ_WEBHOOK_SECRET", SECRET_TEXT)
    session = Session(Options(database=tmp_path / "captures.db", port=0))
    await session.open()
    await session.listen()
    window = MainWindow(session, theme)
    window.show()
    relay = program("relay")
    await reach(window, session)
    pid = await until(lambda: relay.report.get("pid", 0))
    click(tile(window, PASTE))
    [dialog] = window.findChildren(AddressDialog)
    dialog.field.clear()
    QTest.keyClicks(dialog.field, "not an address")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(dialog.error.isVisible)
    assert session.tunnels.state.word == "reachable", "nothing has happened"
    dialog.field.clear()
    pasted = local(session, "localhost")
    QTest.keyClicks(dialog.field, f"  {pasted}/hook ")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(lambda: session.address.text == f"{pasted}/hook")
    assert not is_alive(pid)
    await until(lambda: tile(window, PASTE).caption.startswith("reachable, "))
    assert window.bar.public.address.text() == f"{pasted}/hook"
    assert await post(session, f"{pasted}/hook") == 200
    window.end()
    await session.close()
    window.deleteLater()


async def test_the_tunnel_of_another_process_is_shown_but_not_stopped_here(
    program: Install, window: MainWindow, session: Session, theme: Theme
) -> None:
    program("relay")
    address = await reach(window, session)
    other = Session(Options(database=session.database, port=0))
    await other.open()
    other.follow()
    second = MainWindow(other, theme)
    second.show()
    await until(lambda: second.bar.public.address.text() == address)
    await until(lambda: second.bar.public.health.startswith("reachable"))
    assert not second.actions_table["stop-tunnel"].isEnabled()
    assert second.actions_table["copy-public"].isEnabled()
    second.end()
    await other.close()
    second.deleteLater()


async def test_a_stopped_address_can_be_forgotten(
    program: Install, window: MainWindow, session: Session
) -> None:
    program("relay")
    await reach(window, session)
    forget = window.actions_table["forget-address"]
    assert not forget.isEnabled(), "the tunnel would set it again"
    window.actions_table["stop-tunnel"].trigger()
    await until(forget.isEnabled)
    forget.trigger()
    await until(lambda: window.bar.public.none.isVisible())
    assert window.bar.public.health == ""
    assert session.address.text is None


async def test_the_menu_says_why_an_address_of_another_machine_is_not_tested(
    window: MainWindow, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = local(session)
    await session.address.set(url)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    await session.address.confirm()  # the file is read again
    await until(lambda: session.tunnels.state.problem is not None)
    menu = window.bar.public.menu
    menu.fill(window.address_commands.view)
    assert any("was not set on this machine" in action.text() for action in menu.actions())
    window.action("set-address").trigger()
    dialog = await until(lambda: next(iter(window.findChildren(AddressDialog)), None))
    assert dialog.field.text() == url
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(lambda: session.tunnels.state.problem is None)
    assert session.address.is_set_here
