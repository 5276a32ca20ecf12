"""The window beside other processes: one that captures, and verbs that change what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inspector.gui.kit.theme import Theme
from inspector.gui.shell.main_window import MainWindow
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER, COMPLETION, an_answer
from tests.e2e import program
from tests.waiting import until


@pytest.fixture
async def onlooker(tmp_path: Path, theme: Theme) -> AsyncIterator[MainWindow]:
    """A window as the program opens it, on a file that it does not capture into."""
    session = Session(Options(database=tmp_path / "captures.db"))
    await session.open(create=False)
    session.follow()
    window = MainWindow(session, theme)
    window.show()
    yield window
    window.end()
    await session.close()
    window.deleteLater()


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a listener in another process; one capture is there already."""
    with program.listening(tmp_path / "captures.db") as (_, url):
        await asyncio.to_thread(program.deliver, url, ANSWER)
        yield url


@pytest.fixture
def window(elsewhere: str, onlooker: MainWindow) -> MainWindow:
    return onlooker


async def finish(window: MainWindow, *arguments: str) -> None:
    """A verb in a process of its own, on the window's file."""
    database = str(window.session.database)
    done = await asyncio.to_thread(program.finish, *arguments, "--database", database)
    assert done.returncode == 0, done.stderr


def listed(window: MainWindow) -> list[int]:
    return [window.model.id_at(row) for row in range(window.model.rowCount())]


async def test_what_another_process_captures_joins_the_list_and_the_tree(
    elsewhere: str, window: MainWindow
) -> None:
    await until(lambda: listed(window) == [1])
    await asyncio.to_thread(program.deliver, elsewhere, COMPLETION, an_answer(survey="s-2"))
    await until(lambda: listed(window) == [3, 2, 1])
    await until(lambda: len(window.session.groups.surveys().rows) == 2)
    await until(lambda: window.survey_model.rowCount() >= 2)


async def test_attempts_and_marks_of_other_processes_show(elsewhere: str, window: MainWindow) -> None:
    await until(lambda: listed(window) == [1])
    window.detail.show_capture(1)
    window.model.line_at(0)  # painted, as the view does it
    with program.receiving() as (_, target):
        await finish(window, "replay", "1", "--to", target)
    await until(lambda: window.detail.attempts.model.rowCount() == 1)
    changed: list[int] = []
    window.session.captures.judged.connect(changed.extend)
    await finish(window, "pin", "1")
    await until(lambda: changed == [1])


async def test_what_another_process_removes_goes(elsewhere: str, window: MainWindow) -> None:
    await asyncio.to_thread(program.deliver, elsewhere, COMPLETION)
    await until(lambda: listed(window) == [2, 1])
    other = Session(Options(database=window.session.database))
    await other.open(create=False)
    deletion = await other.captures.clear(text="id:1")
    await until(lambda: listed(window) == [2])
    await other.captures.undo(deletion)
    await until(lambda: listed(window) == [2, 1])
    await other.close()


async def test_a_window_that_may_not_listen_says_that_it_follows(elsewhere: str, window: MainWindow) -> None:
    window.actions_table["listen"].trigger()
    await until(lambda: window.banner.sentence.endswith("This window shows the captures of that process."))
    assert window.banner.sentence.startswith("This file had a secret"), "one problem does not hide another"
