"""The window as a user has it, driven by a benchmark: `python -m tests.benchmarks.driven_window FILE`.

Says when it listens, is drawn and lists, then obeys one JSON array a line, `["jump", 500000]`, and answers
each with one JSON object. What it measures is what its user sees: rows painted, a list filled.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inspector.base.clock import now_ms
from tests.benchmarks.probed_window import TICK_S, Probe, arrival_to_row_ms
from tests.benchmarks.processes import resident_mb

_KEY_S = 0.12
_PAUSE_S = 0.5
_FRAME_S = 1 / 30
_LONG_S = 600.0


class Driver:
    """Does to a window what a user would, and says how long it took."""

    def __init__(self, window: Any, session: Any, probe: Probe) -> None:
        self._window = window
        self._session = session
        self._probe = probe
        self._deletion: Any = None
        self._listed: list[tuple[int, int]] = []
        """Ids of new captures, and when each was in the list."""
        self._loop = asyncio.get_running_loop()
        self._doings: Mapping[str, Callable[..., Awaitable[dict[str, Any]]]] = {
            "jump": self.jump,
            "filter": self.filter,
            "fold": self.fold,
            "tree": self.tree,
            "clear": self.clear,
            "undo": self.undo,
            "verify": self.verify,
            "memory": self.memory,
            "rest": self.rest,
            "keys": self.keys,
            "scroll": self.scroll,
            "watch": self.watch,
            "step": self.step,
            "select": self.select,
            "save": self.save,
            "summary": self.summary,
            "inbox": self.inbox,
        }
        window.listing.arrived.connect(self._arrived)

    async def obey(self) -> None:
        while line := await self._loop.run_in_executor(None, sys.stdin.readline):
            name, *arguments = json.loads(line)
            self._probe.late_ms.clear()
            self._probe.busy_ms.clear()
            answer = await self._doings[name](*arguments)
            busy_ms = sorted(self._probe.busy_ms) or [0.0]
            late_ms = sorted(self._probe.late_ms) or [0.0]
            usual = late_ms[int(len(late_ms) * 0.99)]
            self._say(
                **answer,
                worst_stall_ms=late_ms[-1],
                usual_stall_ms=usual,
                worst_busy_ms=busy_ms[-1],
                usual_busy_ms=busy_ms[int(len(busy_ms) * 0.99)],
            )

    async def listed(self) -> None:
        """Until the list holds everything that was asked for."""
        await self._found_all()

    async def jump(self, row: int) -> dict[str, Any]:
        """Scroll to a row, as by dragging the scroll bar, and paint what is in sight."""
        view = self._window.list
        started = time.perf_counter()
        view.verticalScrollBar().setValue(row * view.verticalHeader().defaultSectionSize())
        view.viewport().repaint()
        taken = _ms_since(started)
        await asyncio.sleep(0.02)
        return {"ms": taken}

    async def filter(self, text: str) -> dict[str, Any]:
        """Ask for what a filter chooses, as when typing pauses."""
        listing = self._window.listing
        if text == listing.text:
            return {"count": self._window.model.rowCount()}

        def ask() -> bool:
            listing.type(text)
            return listing.current_query() is not None

        return await self._listed_after(ask)

    async def fold(self, is_threaded: bool) -> dict[str, Any]:
        """Fold the list by respondent, or unfold it."""

        def ask() -> bool:
            self._window.actions_table["threads"].setChecked(is_threaded)
            return True

        return await self._listed_after(ask)

    async def _listed_after(self, ask: Callable[[], bool]) -> dict[str, Any]:
        """Say when the first and all rows are listed that `ask` asks for; it returns False for a mistake."""
        model = self._window.model
        first: list[float] = []

        def saw_rows(*_: object) -> None:
            if model.rowCount() and not first:
                self._window.list.viewport().repaint()
                first.append(_ms_since(started))

        model.modelReset.connect(saw_rows)
        model.rowsInserted.connect(saw_rows)
        found_all = self._found_all()
        started = time.perf_counter()
        if not ask():
            found_all.cancel()
            return {"mistake": True}
        await found_all
        taken = _ms_since(started)
        model.modelReset.disconnect(saw_rows)
        model.rowsInserted.disconnect(saw_rows)
        return {"first_ms": first[0] if first else taken, "all_ms": taken, "count": model.rowCount()}

    async def tree(self) -> dict[str, Any]:
        """Read the levels of the tree as opening each of them does, and search in it."""
        groups = self._session.groups
        took: dict[str, float] = {}

        def read(name: str, ask: Callable[[], Any]) -> Any:
            started = time.perf_counter()
            page = ask()
            took[name] = _ms_since(started)
            return page

        survey = max(read("surveys", groups.surveys).rows, key=lambda row: row.captures)
        group = max(
            read("groups", lambda: groups.groups(survey.survey_id)).rows, key=lambda row: row.captures
        )
        read("respondents", lambda: groups.respondents(survey.survey_id, group.group_id))
        read("search a survey", lambda: groups.surveys(search="Survey 007"))
        read("search a user", lambda: groups.surveys(search="u0012345"))
        read("search in vain", lambda: groups.surveys(search="nobody"))
        read(
            "search in a group",
            lambda: groups.respondents(survey.survey_id, group.group_id, search="u001234"),
        )
        return {"took": took, "respondents": group.users}

    async def clear(self) -> dict[str, Any]:
        started = time.perf_counter()
        self._deletion = await self._session.captures.clear()
        return {"seconds": _ms_since(started) / 1000, "count": self._deletion.count}

    async def undo(self) -> dict[str, Any]:
        started = time.perf_counter()
        await self._session.captures.undo(self._deletion)
        return {"seconds": _ms_since(started) / 1000}

    async def verify(self, seconds: float) -> dict[str, Any]:
        """Check everything again, for a while."""
        verification = self._session.verification
        started = time.perf_counter()
        task = asyncio.ensure_future(verification.start())
        done, _ = await asyncio.wait([task], timeout=seconds)
        taken = _ms_since(started) / 1000
        count = verification.progress.done
        if not done:
            verification.stop()
            await asyncio.wait([task])
        return {"seconds": taken, "count": count}

    async def rest(self, seconds: float) -> dict[str, Any]:
        """Do nothing, for comparison."""
        await asyncio.sleep(seconds)
        return {}

    async def watch(self, seconds: float) -> dict[str, Any]:
        """Say how long after its arrival each new capture is in the list, for a while."""
        self._listed.clear()
        thread, process = time.thread_time(), time.process_time()
        await asyncio.sleep(seconds)
        thread, process = time.thread_time() - thread, time.process_time() - process
        row_ms = sorted(arrival_to_row_ms(self._session, self._listed))
        return {
            "rows": len(row_ms),
            "row_ms": row_ms[int(len(row_ms) * 0.99)] if row_ms else 0,
            "thread_s": thread,
            "process_s": process,
        }

    async def step(self) -> dict[str, Any]:
        """Select the next capture, as `J` does, and give its detail time to appear."""
        self._loop.call_soon(self._window.list.select_next)
        await asyncio.sleep(_PAUSE_S)
        return {}

    async def select(self, is_selected: bool = True) -> dict[str, Any]:
        """Select all captures, as Ctrl+A does, or none, and say how long that takes."""
        view = self._window.list
        done: asyncio.Future[float] = self._loop.create_future()

        def act() -> None:  # no slot may run inside a task
            started = time.perf_counter()
            (view.selectAll if is_selected else view.select_nothing)()
            self._window.repaint()
            done.set_result(_ms_since(started))

        self._loop.call_soon(act)
        return {"ms": await done}

    async def save(self, texts: list[str]) -> dict[str, Any]:
        """Save filters under names, each with a bell, and say when all are counted."""
        from inspector.domain.query.saved_filter import SavedFilter

        session = self._session
        started = time.perf_counter()
        for number, text in enumerate(texts, start=1):
            await session.filters.add(SavedFilter(name=f"Filter {number}", query=text, bell="on"))
        while any(count is None for _, count in session.filter_counts.all()):
            await asyncio.sleep(0.01)
        counts = [count for _, count in session.filter_counts.all()]
        return {"seconds": _ms_since(started) / 1000, "counts": counts}

    async def summary(self, pause_s: float) -> dict[str, Any]:
        """Open the summary of the survey with the most captures a while after its selection, then return."""
        from inspector.domain.query.scope import EVERYTHING, Scope

        stack = self._window.summary_stack
        survey = max(self._session.groups.surveys().rows, key=lambda row: row.captures)
        self._loop.call_soon(self._window.show_scope, Scope(survey_id=survey.survey_id))
        await asyncio.sleep(pause_s)
        started, first_ms = time.perf_counter(), 0.0
        self._loop.call_soon(stack.toggle)
        while stack.survey.summary is None or not stack.survey.summary.is_whole:
            await asyncio.sleep(TICK_S)
            if stack.survey.summary is not None and not first_ms:
                stack.repaint()
                first_ms = _ms_since(started)
        taken = _ms_since(started)
        self._loop.call_soon(stack.toggle)
        self._loop.call_soon(self._window.show_scope, EVERYTHING)
        await asyncio.sleep(_PAUSE_S)
        return {"first_ms": first_ms, "all_ms": taken, "captures": survey.captures}

    async def inbox(self, count: int, address: str = "") -> dict[str, Any]:
        """Return once this many captures of the shared inbox are counted. With an address, connect first."""
        desk, started = self._session.desk, time.perf_counter()
        if address:
            await desk.start(address)
        while desk.state.received < count:
            await asyncio.sleep(_FRAME_S)
        received_s = time.perf_counter() - started
        await self._session.ingest.evaluator.rest(_LONG_S)
        return {"received_s": received_s, "seconds": time.perf_counter() - started}

    async def keys(self, place: str, texts: list[str], seconds: float) -> dict[str, Any]:
        """Press the keys of these texts in turn, in the `filter` or in the `list`, as fast as people type."""
        from PySide6.QtTest import QTest

        field, view = self._window.filter_row.field, self._window.list
        widget = field if place == "filter" else view
        widget.setFocus()
        pressed, until = 0, self._loop.time() + seconds
        while self._loop.time() < until:
            for text in texts:
                for key in text:
                    self._loop.call_soon(QTest.keyClick, widget, key)  # no slot may run inside a task
                    pressed += 1
                    await asyncio.sleep(_KEY_S)
                if place == "filter":
                    await asyncio.sleep(_PAUSE_S)
                    self._loop.call_soon(field.clear)
        return {"keys": pressed, "listed": self._window.model.rowCount()}

    async def scroll(self, seconds: float) -> dict[str, Any]:
        """Scroll up and down the list as a wheel does, from ever other places."""
        view, model = self._window.list, self._window.model
        bar, moved = view.verticalScrollBar(), 0
        until = self._loop.time() + seconds
        while self._loop.time() < until:
            place = model.rowCount() * (moved % 7) // 7
            self._loop.call_soon(bar.setValue, place * bar.maximum() // max(model.rowCount(), 1))
            for step in (3, -2) * 10:
                self._loop.call_soon(lambda step=step: bar.setValue(bar.value() + step))
                await asyncio.sleep(_FRAME_S)
            moved += 1
        return {"places": moved}

    async def memory(self) -> dict[str, Any]:
        return {"mb": resident_mb(), "rows": self._window.model.rowCount()}

    def _found_all(self) -> asyncio.Future[None]:
        """Done when the list holds everything that it asks for."""
        future: asyncio.Future[None] = self._loop.create_future()
        searching = self._window.listing.searching

        def told(is_searching: bool) -> None:
            if not is_searching:
                searching.disconnect(told)
                # What was found last is shown in the same go.
                self._loop.call_soon(lambda: future.done() or future.set_result(None))

        searching.connect(told)
        return future

    def _arrived(self, ids: Sequence[int]) -> None:
        # When they arrived is read at the end: a query more for each arrival would be measured too.
        self._listed.extend((one, now_ms()) for one in ids)

    def _say(self, **answer: Any) -> None:
        print(json.dumps(answer), flush=True)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def main() -> None:
    started = time.perf_counter()
    from inspector.gui.shell import app
    from inspector.session.options import Options

    probe = Probe()
    original = app._start

    async def start(window: Any, session: Any) -> None:
        driver = Driver(window, session, probe)
        loaded = asyncio.ensure_future(driver.listed())
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def told(address: str | None) -> None:
            if not url.done() and address is not None:
                url.set_result(address)

        session.ingest.listening.connect(told)
        window.resize(1440, 900)  # the screen of the offscreen platform is smaller
        await original(window, session)
        port = int((await url).rstrip("/").rpartition(":")[2])
        print(json.dumps({"port": port, "ready_s": _ms_since(started) / 1000}), flush=True)
        await loaded
        print(
            json.dumps({"rows": window.model.rowCount(), "loaded_s": _ms_since(started) / 1000}), flush=True
        )
        session.tasks.spawn(probe.tick(), "probe")
        session.tasks.spawn(driver.obey(), "obey the benchmark")

    app._start = start
    app.run(Options(database=Path(sys.argv[1]), port=0))


if __name__ == "__main__":
    main()
