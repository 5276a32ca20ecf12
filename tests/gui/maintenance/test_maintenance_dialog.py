"""The three long jobs on the file, from the window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.maintenance_dialog import MaintenanceDialog
from inspector.gui.shell.main_window import MainWindow
from inspector.session.file.maintenance import Job, JobProgress
from inspector.session.session import Session
from tests.builders import an_answer
from tests.gui.conftest import deliver
from tests.waiting import until

# Qt's offscreen platform warns of each window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ("check", "The file is not damaged."),
        ("recount", "Everything was recounted. There are no differences."),
        ("compact", "The file was "),
    ],
)
async def test_a_job_is_done_beside_the_listener_and_its_outcome_shown(
    session: Session, theme: Theme, plain_window: QWidget, job: Job, said: str
) -> None:
    await deliver(session, *(an_answer(str(number), user=f"u-{number}") for number in range(5)))
    told: list[JobProgress] = []
    session.maintenance_jobs.progressed.connect(told.append)
    dialog = MaintenanceDialog(session, theme, plain_window)
    dialog.open()
    assert not dialog.verb.isEnabled()
    dialog.jobs[job].click()
    assert not dialog.jobs["check"].isEnabled()
    assert dialog.verb.isEnabled()
    await until(dialog.outcome.text)
    assert dialog.outcome.text().startswith(said)
    assert told[-1].part == 1.0
    assert dialog.jobs["check"].isEnabled()
    await deliver(session, an_answer("and it goes on"))
    dialog.reject()


@pytest.mark.parametrize("job", ["check", "recount", "compact"])
async def test_a_job_is_stopped_and_the_file_is_whole(
    session: Session, theme: Theme, plain_window: QWidget, job: Job
) -> None:
    await deliver(session, *(an_answer(str(number), user=f"u-{number}") for number in range(5)))
    dialog = MaintenanceDialog(session, theme, plain_window)
    dialog.open()
    dialog.jobs[job].click()
    dialog.verb.click()
    await until(dialog.outcome.text)
    assert dialog.outcome.text() == "Stopped. The file is intact."
    await deliver(session, an_answer("and it goes on"))
    assert (await session.maintenance_jobs.run("check")).is_well
    dialog.reject()


async def test_closing_the_dialog_stops_its_job(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    dialog = MaintenanceDialog(session, theme, plain_window)
    dialog.open()
    dialog.jobs["recount"].click()
    dialog.reject()
    await until(lambda: not session.maintenance_jobs.is_running)
    assert (await session.maintenance_jobs.run("check")).is_well


async def test_the_dialog_is_in_the_menu(window: MainWindow, session: Session) -> None:
    window.actions_table["maintenance"].trigger()
    await until(lambda: window.findChild(MaintenanceDialog))
    dialog = window.findChild(MaintenanceDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()
