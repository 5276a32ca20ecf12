"""Pictures of a replay that is planned, runs, is stopped, asked about and resumed; see pictures.py."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from inspector.gui.replay.replay_commands import QuitDialog
from inspector.gui.replay.replay_dialog import ReplayDialog
from inspector.gui.shell.many_samples import ManySamplesDialog
from tests.pictures_of_check import receiver
from tests.waiting import until

if TYPE_CHECKING:
    from tests.pictures import Album

_OK, _NO, _OOPS = b"200 OK", b"422 Unprocessable Content", b"500 Internal Server Error"


class _Receiver:
    """It mends one fault between two replays, and has a new one; from some request on it is silent."""

    def __init__(self) -> None:
        self.round = 1
        self.answered = 0
        self.most = 1000

    def answer(self, head: bytes, body: bytes) -> bytes | None:
        if self.answered >= self.most:
            return None
        self.answered += 1
        if b'"ping"' in body:
            return _NO
        if b"response_group" in body and b"ios" in body:
            return _OOPS if self.round == 1 else _OK
        return _OOPS if self.round == 2 and b"link" in body and b"response_group" in body else _OK


async def many_samples(album: Album) -> None:
    """Samples that put load on a receiver: the dialog, and the run in the status bar."""
    async with receiver(lambda *_: _OK) as url:
        album.window.actions_table["sample-many"].trigger()
        dialog = album.window.findChildren(ManySamplesDialog)[-1]
        await album.save("many-samples", dialog)
        dialog.to.setText(url)
        dialog.count.setValue(1_000_000)
        dialog.verb.click()
        status = album.window.listener_commands.many.status
        await until(status.isVisible)
        await album.save("many-samples-running")
        status.link.click()
        await until(lambda: not status.isVisible())
        await album.save("many-samples-stopped")


async def replays(album: Album) -> None:
    """Some have been sent before, by a receiver that was another one then."""
    session, window = album.session, album.window
    server = _Receiver()
    async with receiver(server.answer) as url:
        first = await session.replays.plan(url, text="id:1..20 OR ping")
        await session.replays.start(first).wait()
        server.round, server.answered, server.most = 2, 0, 28
        dialog = ReplayDialog(session, album.theme, (window.listing.scope, ""), window)
        dialog.resize(1000, 700)
        dialog.show()
        dialog.plan.target.setText(url)
        await until(lambda: dialog.verb.isEnabled() and "Changes" in dialog.progress.sentence.toPlainText())
        await album.save("replay-plan", dialog)
        dialog.plan.pace.pace.setCurrentIndex(1)
        dialog.plan.pace.rate.setValue(20)
        dialog.verb.click()
        await until(
            lambda: dialog.progress.model.rowCount() >= server.most and dialog.progress.times.numbers.text()
        )
        model = dialog.progress.model
        words = [model.index(row, 7).data() for row in range(model.rowCount())]
        dialog.progress.table.selectRow(words.index("Regressed"))
        await asyncio.sleep(0.3)
        dialog.progress.table.scrollTo(dialog.progress.table.currentIndex())
        dialog.activateWindow()
        dialog.progress.pause.setFocus()
        await album.save("replay-running", dialog)
        await album.save("replay-in-the-window")
        window.actions_table["quit"].trigger()
        await album.save("replay-quit", window.findChildren(QuitDialog)[-1])
        window.findChildren(QuitDialog)[-1].reject()
        dialog.progress.stop.click()
        await until(lambda: not session.replays.runs and dialog.resume_button.isVisible())
        await album.save("replay-stopped", dialog)
        dialog.close()
        await until(lambda: window.actions_table["resume"].isEnabled())
        palette = window.palette_commands.palette
        palette.open("replay")
        await album.save("replay-palette")
        palette.close_again()
        window.actions_table["resume"].trigger()
        rest = next(one for one in window.findChildren(ReplayDialog) if one.isVisible())
        rest.resize(1000, 700)
        await album.save("replay-resume", rest)
        server.most = 1000
        rest.verb.click()
        await until(lambda: not session.replays.runs and not rest.progress.stop.isEnabled())
        await asyncio.sleep(0.3)
        await album.save("replay", rest)
        rest.close()
