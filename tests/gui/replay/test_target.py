"""The dialog of a named target: everything that was said of it comes back, and what is wrong is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QWidget

from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.target import TargetDialog, TargetField
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.waiting import until

LOCAL = NamedTarget(
    name="local",
    url="https://127.0.0.1:3000/hook",
    headers=((b"X-Tenant", b"caf\xe9"),),
    authority=Path("/etc/ca.pem"),
    connect_s=2.5,
    has_marker=True,
)


async def test_a_target_is_changed_and_what_was_left_alone_stays(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await session.targets.save(LOCAL)
    dialog = TargetDialog(session, theme, plain_window, name="local")
    dialog.show()
    await until(dialog.url.text)
    assert dialog.headers.toPlainText() == "X-Tenant: caf\\xe9"
    assert dialog.authority.line.text() == "/etc/ca.pem"
    dialog.answer_s.setValue(9)
    dialog.verb.click()
    await until(dialog.error.isVisible)
    assert "when the program ends" in dialog.error.text(), "this system has no keyring"
    [kept] = session.targets.names()
    assert (kept.headers, kept.authority, kept.connect_s, kept.answer_s, kept.has_marker) == (
        LOCAL.headers,
        LOCAL.authority,
        2.5,
        9.0,
        True,
    )
    dialog.reject()


async def test_a_new_name_takes_the_place_of_the_old_one(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await session.targets.save(NamedTarget(name="old", url="http://127.0.0.1:1/"))
    dialog = TargetDialog(session, theme, plain_window, name="old")
    dialog.show()
    await until(dialog.url.text)
    saved: list[str] = []
    dialog.saved.connect(saved.append)
    dialog.name.setText("new")
    dialog.verb.click()
    await until(lambda: saved == ["new"])
    assert [target.name for target in session.targets.names()] == ["new"]


@pytest.mark.parametrize("name", ["", "other"])
async def test_the_name_of_another_target_is_refused(
    session: Session, theme: Theme, plain_window: QWidget, name: str
) -> None:
    await session.targets.save(LOCAL)
    await session.targets.save(NamedTarget(name="other", url="http://127.0.0.1:1/"))
    before = session.targets.names()
    dialog = TargetDialog(session, theme, plain_window, name=name, url="http://127.0.0.1:2/")
    dialog.show()
    await until(dialog.verb.isEnabled)
    dialog.name.setText("local")
    dialog.verb.click()
    await until(dialog.error.isVisible)
    assert "There is already a target local." in dialog.error.text()
    assert session.targets.names() == before
    dialog.name.setText("third")
    dialog.verb.click()
    await until(lambda: session.targets.find("third"))
    assert len(session.targets.names()) == (2 if name else 3)


async def test_what_makes_no_sense_is_told_and_can_be_mended(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = TargetDialog(session, theme, plain_window, url="http://127.0.0.1:1/")
    dialog.show()
    dialog.name.setText("staging")
    dialog.headers.setPlainText("Host: other")
    dialog.verb.click()
    await until(dialog.error.isVisible)
    assert "is set for each request" in dialog.error.text()
    assert dialog.verb.isEnabled()
    assert session.targets.names() == ()
    dialog.reject()


async def test_the_field_offers_the_names_and_removes_one(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    field = TargetField(
        session, theme, Runner(session.tasks, plain_window), "http://127.0.0.1:9/", plain_window
    )
    await session.targets.save(NamedTarget(name="local", url="http://127.0.0.1:1/in"))
    await until(lambda: field.box.count() == 1)
    assert (field.text, field.url()) == ("http://127.0.0.1:9/", "http://127.0.0.1:9/")
    field.line.setText("local")
    assert field.url() == "http://127.0.0.1:1/in"
    field.remove_action.trigger()
    await until(lambda: field.box.count() == 0)
    assert field.text == "http://127.0.0.1:1/in"


@pytest.mark.parametrize("leaves", [QDialog.reject, QWidget.close], ids=["Esc", "the frame"])
async def test_closed_while_it_saves_it_saves_and_is_gone_then(
    session: Session,
    theme: Theme,
    plain_window: QWidget,
    caplog: pytest.LogCaptureFixture,
    leaves: Callable[[QDialog], object],
) -> None:
    may_write = threading.Event()
    blocked = asyncio.ensure_future(session.store.write(lambda connection: may_write.wait(30)))
    dialog = TargetDialog(session, theme, plain_window, url="http://127.0.0.1:1/")
    gone: list[str] = []
    dialog.destroyed.connect(lambda: gone.append("gone"))
    dialog.show()
    dialog.name.setText("local")
    dialog.verb.click()
    leaves(dialog)
    assert not dialog.isVisible()
    may_write.set()
    await until(lambda: gone)
    assert await blocked
    assert [target.name for target in session.targets.names()] == ["local"]
    assert "failed" not in caplog.text


async def test_closed_while_it_saves_it_comes_back_with_what_came_in_the_way(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = TargetDialog(session, theme, plain_window, url="ftp://127.0.0.1/")
    dialog.show()
    dialog.name.setText("local")
    dialog.verb.click()
    dialog.reject()
    await until(dialog.error.isVisible)
    assert "http://" in dialog.error.text()
    dialog.reject()
    assert not dialog.isVisible()


async def test_closed_while_it_reads_it_is_gone_without_a_word(
    session: Session, theme: Theme, plain_window: QWidget, caplog: pytest.LogCaptureFixture
) -> None:
    await session.targets.save(LOCAL)
    dialog = TargetDialog(session, theme, plain_window, name="local")
    gone: list[str] = []
    dialog.destroyed.connect(lambda: gone.append("gone"))
    dialog.show()
    dialog.close()
    await until(lambda: gone)
    await asyncio.sleep(0)
    assert "failed" not in caplog.text
