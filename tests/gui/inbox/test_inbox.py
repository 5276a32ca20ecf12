"""The shared inbox in the window: connected by its dialog, shown in the bars, remembered, with its gaps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from inspector.gui.inbox.gaps_window import GapsWindow
from inspector.gui.inbox.inbox_dialog import FILE, KEYRING, NEW, InboxDialog
from inspector.gui.inbox.inbox_view import InboxView
from inspector.gui.shell.main_window import MainWindow
from inspector.session.inbox.state import InboxState
from inspector.session.session import Session
from tests.gui.conftest import end, was_shown
from tests.inbox.credentials import an_nkey, tls_config
from tests.inbox.publishing import Stream, bodies, stream_on
from tests.inbox.servers import STREAM, USERS, NatsServer, nats_server
from tests.session.conftest import Wallet
from tests.session.conftest import wallet as wallet
from tests.waiting import evaluated, until

# Qt’s offscreen platform warns of dialogs with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def stream(server: NatsServer) -> AsyncIterator[Stream]:
    async with stream_on(server) as stream:
        await stream.create()
        yield stream


def opened(window: MainWindow) -> InboxDialog:
    """The dialog, opened by its command."""
    window.actions_table["connect-inbox"].trigger()
    [dialog] = [one for one in window.findChildren(InboxDialog) if one.isVisible()]
    return dialog


async def connect(window: MainWindow, address: str) -> None:
    """Connect as a user does, and wait until the bar shows it."""
    dialog = opened(window)
    dialog.address.setText(address)
    dialog.verb.click()
    await until(lambda: window.bar.inbox.health == "live")


async def disconnect(window: MainWindow) -> None:
    """Disconnect, and wait until the bar has no inbox."""
    window.actions_table["disconnect-inbox"].trigger()
    await until(lambda: not window.bar.inbox.isVisible())


async def fail(dialog: InboxDialog) -> None:
    """Click *Connect*, and wait until the dialog says why it cannot."""
    dialog.verb.click()
    await until(dialog.error.isVisible)


def below(dialog: InboxDialog) -> object:
    """The widget above the error."""
    place = dialog.form.indexOf(dialog.error)
    item = dialog.form.itemAt(place - 1)
    assert item is not None
    return item.widget()


async def test_captures_of_the_inbox_are_listed_and_the_next_start_connects(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    assert not window.bar.inbox.isVisible()
    assert not window.actions_table["disconnect-inbox"].isEnabled()
    assert not window.actions_table["inbox-gaps"].isEnabled()
    await stream.put(*bodies(3))
    await connect(window, server.address())
    await until(lambda: window.model.rowCount() == 3)
    await until(lambda: was_shown("3 messages are in the inbox."))
    assert window.bar.inbox.button.text() == STREAM
    assert window.bar.inbox.button.accessibleName() == f"Inbox {STREAM}, live"
    assert f"127.0.0.1:{server.port}" in window.bar.inbox.toolTip()
    await until(lambda: session.settings.text("inbox") == server.address())
    assert session.desk.state.member in window.bar.inbox.toolTip()
    window.actions_table["mask"].trigger()
    await until(lambda: session.desk.state.member not in window.bar.inbox.toolTip())
    window.actions_table["copy-inbox"].trigger()
    assert QGuiApplication.clipboard().text() == server.address()

    await session.desk.stop()
    await until(lambda: not window.bar.inbox.isVisible())
    await stream.put(*bodies(1, "later"))
    window.inbox.commands.start_configured()  # as the program does at its start
    await until(lambda: window.model.rowCount() == 4)

    await disconnect(window)
    await until(lambda: session.settings.text("inbox") == "")
    assert not window.actions_table["disconnect-inbox"].isEnabled()
    await stream.put(*bodies(1, "unseen"))
    window.inbox.commands.start_configured()
    assert session.desk.state.word == "off"


async def test_a_new_file_can_begin_with_new_captures_only(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    await stream.put(*bodies(3))
    dialog = opened(window)
    dialog.address.setText(server.address())
    dialog.begins.button(NEW).click()
    dialog.verb.click()
    await until(lambda: window.bar.inbox.health == "live")
    await stream.put(*bodies(1, "new"))
    await until(lambda: window.model.rowCount() == 1)
    await disconnect(window)
    await stream.put(*bodies(2, "away"))
    await connect(window, server.address())
    await until(lambda: window.model.rowCount() == 3)
    await disconnect(window)


async def test_a_server_that_is_away_is_waited_for(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    await connect(window, server.address())
    server.stop()
    await until(lambda: window.bar.inbox.health == "waiting")
    await until(lambda: was_shown(f"The shared inbox {STREAM} is waiting."))
    assert window.inbox.banner.isHidden()
    server.start()
    await until(lambda: window.bar.inbox.health == "live")
    await stream.put(*bodies(1))
    await until(lambda: window.model.rowCount() == 1)
    await disconnect(window)


async def test_the_dialog_shows_why_it_waits_and_closes_once_the_server_is_there(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    server.stop()
    dialog = opened(window)
    dialog.address.setText(server.address())
    await fail(dialog)
    assert below(dialog) is dialog.address
    server.start()
    await until(lambda: window.bar.inbox.health == "live")
    await until(lambda: not [one for one in window.findChildren(InboxDialog) if one.isVisible()])
    await disconnect(window)


async def test_a_wrong_port_can_be_corrected_in_the_dialog(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    may_return = asyncio.Event()

    async def start(address: str, _: int | None) -> None:
        await session.desk.start(address)
        if address == server.address():  # captures arrive before the attempt is complete
            await may_return.wait()

    dialog = InboxDialog(session, window.theme, start, window, mask=window.screen_mask)
    dialog.open()
    dialog.address.setText("nats://127.0.0.1:9/HOOKS")
    await fail(dialog)
    await stream.put(*bodies(3))
    dialog.address.setText(server.address())
    dialog.verb.click()
    dialog.way.button(FILE).click()
    assert not dialog.verb.isEnabled(), "it connects"
    await until(lambda: window.bar.inbox.health == "live")
    await until(lambda: window.model.rowCount() == 3)
    assert dialog.isVisible()
    may_return.set()
    await until(lambda: session.settings.text("inbox") == server.address())
    await until(lambda: not [one for one in window.findChildren(InboxDialog) if one.isVisible()])
    assert not was_shown("Internal error")
    await disconnect(window)


async def test_an_error_is_below_its_field_and_an_address_that_fails_is_not_saved(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    dialog = opened(window)
    assert not dialog.verb.isEnabled()
    dialog.address.setText("http://example.com/")
    await fail(dialog)
    assert "not an inbox address" in dialog.error.text()
    assert below(dialog) is dialog.address
    dialog.address.setText("nats://127.0.0.1:9/HOOKS")
    assert not dialog.error.isVisible()
    dialog.way.button(FILE).click()
    dialog.creds.line.setText(str(tmp_path / "missing.creds"))
    await fail(dialog)
    assert "missing.creds" in dialog.error.text()
    assert below(dialog) is dialog.creds
    assert session.settings.text("inbox") == ""
    await until(lambda: window.bar.inbox.button.text() == "HOOKS")
    dialog.reject()
    assert opened(window).address.text() == "nats://127.0.0.1:9/HOOKS"
    await session.desk.stop()


async def test_a_login_is_saved_in_the_keyring_only(
    window: MainWindow, session: Session, tmp_path: Path, wallet: Wallet
) -> None:
    with nats_server(tmp_path, config=USERS) as server:
        async with stream_on(server, user="admin", password="admin-word") as stream:
            await stream.create()
            dialog = opened(window)
            dialog.address.setText(server.address())
            dialog.way.button(KEYRING).click()
            dialog.login.text.setText("member:wrong-word")
            await fail(dialog)
            await until(window.inbox.banner.isVisible)
            assert window.bar.inbox.health == "stopped"
            assert window.inbox.banner.sentence.startswith(f"The shared inbox {STREAM} is stopped.")
            dialog.login.text.setText("member:member-word")
            dialog.verb.click()
            await until(lambda: window.bar.inbox.health == "live")
            assert window.inbox.banner.isHidden()
            await until(lambda: session.settings.text("inbox") == server.address())
            assert "word" not in session.preferences.file.read_text()
            await session.desk.stop()
            window.inbox.commands.start_configured()
            await until(lambda: window.bar.inbox.health == "live")
            await disconnect(window)


async def test_a_refused_key_and_an_unknown_authority_are_below_their_fields(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    _, stranger = an_nkey(tmp_path, "stranger")
    with nats_server(tmp_path, config=tls_config(tmp_path)) as server:
        dialog = opened(window)
        dialog.address.setText(server.address())
        await fail(dialog)
        assert below(dialog) is dialog.authority
        dialog.reject()
    with nats_server(tmp_path, config=USERS) as server:
        dialog = opened(window)
        dialog.address.setText(server.address())
        dialog.way.button(FILE).click()
        dialog.creds.line.setText(str(stranger))
        await fail(dialog)
        assert below(dialog) is dialog.creds
    await session.desk.stop()


async def test_the_banner_of_a_stopped_inbox_opens_the_dialog(window: MainWindow, session: Session) -> None:
    await session.preferences.save("inbox", "nats://127.0.0.1:9/with space")
    window.inbox.commands.start_configured()
    await until(window.inbox.banner.isVisible)
    window.inbox.banner.button.click()
    [dialog] = [one for one in window.findChildren(InboxDialog) if one.isVisible()]
    assert dialog.address.text() == "nats://127.0.0.1:9/with space"
    assert dialog.error.isVisible()
    dialog.reject()
    await disconnect(window)


async def test_a_change_of_the_setting_connects_and_disconnects(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    await session.preferences.save("inbox", server.address())
    await until(lambda: window.bar.inbox.health == "live")
    await session.preferences.save("inbox", None)
    await until(lambda: not window.bar.inbox.isVisible())
    assert session.desk.state.word == "off"


async def test_a_gap_is_shown_until_it_was_looked_at(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    await stream.put(*bodies(1))
    await connect(window, server.address())
    await until(lambda: window.model.rowCount() == 1)
    await session.desk.stop()
    await stream.put(*bodies(5, "gone"))
    await stream.jetstream.purge_stream(STREAM)
    await stream.put(*bodies(1, "after"))
    window.inbox.commands.start_configured()
    await until(window.inbox.banner.isVisible)
    assert "gap" in window.inbox.banner.sentence
    window.inbox.banner.button.click()
    [gaps] = [one for one in window.findChildren(GapsWindow) if one.isVisible()]
    index = gaps.table.model().index(0, 1)
    assert index.data() == "5"
    assert index.siblingAtColumn(2).data() == "2 to 6"
    await until(window.inbox.banner.isHidden)
    await until(lambda: window.model.rowCount() == 2)
    gaps.close()
    await disconnect(window)
    again = MainWindow(session, window.theme)  # as after a restart
    again.actions_table["inbox-gaps"].trigger()
    [gaps] = again.findChildren(GapsWindow)
    assert "Messages 2 to 6" in gaps.table.model().index(0, 3).data()
    assert again.inbox.banner.isHidden()
    end(again)


async def test_progress_is_shown_while_messages_of_the_time_away_arrive(
    window: MainWindow, session: Session, server: NatsServer, stream: Stream
) -> None:
    await stream.put(*bodies(1))
    await connect(window, server.address())
    await until(lambda: window.model.rowCount() == 1)
    await disconnect(window)
    await stream.put_many(bodies(3_000))
    shown: list[str] = []
    window.inbox.commands.changed.connect(
        lambda view: shown.append(window.inbox.progress.text) if window.inbox.progress.isVisible() else None
    )
    await connect(window, server.address())
    assert set(shown) == {"Arrived while you were away: 3,000"}
    assert window.inbox.progress.isHidden()
    await evaluated(session)
    assert session.captures.figures().total == 3_001
    await disconnect(window)


@pytest.mark.parametrize("word", ["connecting", "catching-up", "live", "waiting", "stopped"])
async def test_the_bar_has_room_for_the_inbox_in_a_narrow_window(window: MainWindow, word: str) -> None:
    address = "nats://inbox.example.com:4222/TEAM_HOOKS"
    state = InboxState(word=word, address=address, member="me@laptop", away=100_000, left=5)  # type: ignore[arg-type]
    window.resize(1000, 700)
    window.bar.show_inbox(InboxView(state=state))
    await until(lambda: window.bar.inbox.isVisible() and window.bar.width() == 1000)
    bar = window.bar
    layout = bar.layout()
    assert layout is not None
    assert layout.minimumSize().width() <= 1000
    cells = [bar.mapFromGlobal(one.mapToGlobal(one.rect().topRight())).x() for one in bar.cells]
    assert cells == sorted(cells)
    assert max(cells) < 1000
    for cell in bar.cells:
        assert cell.width() >= cell.caption.sizeHint().width()
