"""Several selected captures: what they are, and their replay, one row per capture in order of arrival."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QModelIndex, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from inspector.base.clock import short_time
from inspector.base.errors import InspectorError
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import AttemptRow, CaptureRow
from inspector.domain.query.scope import Scope
from inspector.domain.replay.address_text import short_address
from inspector.domain.replay.attempt import SINCE_TEXT
from inspector.gui.detail.attempt_change import SinceDelegate
from inspector.gui.detail.attempt_text import outcome_word, whole_milliseconds
from inspector.gui.detail.header import DetailHeader
from inspector.gui.detail.response_view import ResponseView
from inspector.gui.kit.context.runner import LatestTask
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import column, grow
from inspector.gui.kit.table import LOUD, Cells, RowModel, Table
from inspector.gui.replay.in_place import InPlaceReplay
from inspector.gui.replay.progress import outcome_key
from inspector.gui.replay.run_line import RunLine, SeveralBar
from inspector.gui.replay.strip import ReplayStrip
from inspector.session.replays import Run
from inspector.session.requests import ComparedAttempt

MOST_ROWS = 300
"""Maximum captures with a row. Beyond it, only unexpected attempts get one."""
_TITLES = ("Captured", "Event", "Was", "Now", "Took", "Since last time")
_NOW, _TOOK, _SINCE = 3, 4, 5
_READ_MS, _TICK_MS = 30, 100
_AT_ONCE = 100
"""Rows that are read in one step."""
_MOST_COMPARED = 1_000
"""Maximum attempts per tick that are compared with their previous ones."""
_FIXED = 88 + 40 + 48 + 4
"""Design height of header, strip and bar."""
_LEAST_ROWS = 3

Result = tuple[AttemptRow, ComparedAttempt | None]


class SeveralCaptures(QWidget):
    """The page of the pane while several captures are selected."""

    reason_requested = Signal(object)
    """The AttemptRow of a request: the user asks why the receiver rejected it."""
    scope_requested = Signal(object)
    """The scope of the survey, group or respondent that the user followed in the path."""

    def __init__(self, window: Window, in_place: InPlaceReplay, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        session, theme, mask = window.session, window.theme, window.screen_mask
        self._session = session
        self._theme = theme
        self._mask = mask
        self._in_place = in_place
        self._ids: tuple[int, ...] = ()
        """All selected captures, in order of arrival."""
        self._listed: list[int] = []
        """The captures with a row, before the filter."""
        self._visible: list[int] = []
        self._rows: dict[int, CaptureRow] = {}
        self._was: dict[int, AttemptRow] = {}
        self._results: dict[int, Result] = {}
        """The attempts of the last run on captures with a row."""
        self._counts: Counter[str] = Counter()
        """The outcomes of all its attempts."""
        self._last = 0
        """The last capture that the run has attempted. It sends them in ascending order."""
        self._is_of_run = False
        """The selected captures are those of the last run."""
        self._run: Run | None = None
        self._run_ids: tuple[int, ...] = ()
        self._left: int | None = None
        """The deliveries that a stopped run leaves."""
        self._new: list[AttemptRow] = []
        self._is_chosen = False
        """The user has selected a row, so that new results do not."""
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.header = DetailHeader(theme)
        self.header.scope_requested.connect(self._go)
        self.line = RunLine(session, theme, mask, window.action("replay").shortcut().toString())
        self.line.stop.clicked.connect(in_place.stop)
        self.line.resume.clicked.connect(self._resume)
        self.line.counts.selected.connect(self._filter)
        self.line.targets.selected.connect(in_place.send_to)
        self.line.targets.another_requested.connect(self._ask_target)
        self.strip = ReplayStrip(theme, in_place, self.line)
        self.model = RowModel(_TITLES, loud_column=_NOW, parent=self)
        self.table = Table(theme, self.model, "Selected captures", indent=20)
        self.table.set_widths(84, 84, 68, 76, 64)
        self.table.give_way(_TOOK, last=120)
        self._delegate = SinceDelegate(theme, self.table)
        self.table.setItemDelegateForColumn(_SINCE, self._delegate)
        self.table.selectionModel().currentRowChanged.connect(self._select)
        self.table.viewport().installEventFilter(self)
        self.table.installEventFilter(self)
        self.response = ResponseView(session, theme, mask, has_status=True, explains=True)
        self.response.reason_requested.connect(self.reason_requested)
        self.bar = SeveralBar(window)
        column(
            theme,
            *(self.header, Hairline(theme), self.strip, Hairline(theme)),
            *(self.table, Hairline(theme), grow(self.response), self.bar),
            on=self,
        )
        self._load = LatestTask(session.tasks, "read selected captures", self)
        self._end_load = LatestTask(session.tasks, "count the remaining deliveries", self)
        self._read_timer = QTimer(self)
        self._read_timer.setSingleShot(True)
        self._read_timer.setInterval(_READ_MS)
        self._read_timer.timeout.connect(self._read)
        self._tick_timer = QTimer(self)
        self._tick_timer.setInterval(_TICK_MS)
        self._tick_timer.timeout.connect(self._tick)
        in_place.run_started.connect(self._begin)
        in_place.changed.connect(self._show_target)
        mask.changed.connect(self._read)

    # ---- selection

    def show_selection(self, ids: Sequence[int]) -> None:
        """Show these captures."""
        ordered = tuple(sorted(ids))
        if ordered == self._ids:
            return
        self._ids = ordered
        self._is_of_run = ordered == self._run_ids
        self.bar.show_selection(ordered)
        self.header.show_several(len(ordered), (), "")
        self._read_timer.start()  # while a selection grows row by row, only the last one is read

    @Slot()
    def _read(self) -> None:
        self._load.start(self._read_rows())

    async def _read_rows(self) -> None:
        """Read the captures that get a row, and their last attempts at the target."""
        ids = self._ids
        self._listed = list(ids[:MOST_ROWS])
        if self._is_of_run and len(ids) > MOST_ROWS:
            self._listed += sorted(set(self._results).difference(self._listed))
        ends = [one for one in ids[-1:] if one not in self._listed]
        wanted, self._rows = [*self._listed, *ends], {}
        for start in range(0, len(wanted), _AT_ONCE):
            self._rows |= self._mask.rows(wanted[start : start + _AT_ONCE])
            await asyncio.sleep(0)
        to = self._in_place.target
        try:
            was = {} if to is None else await self._session.requests.latest_at(self._listed, to)
        except InspectorError:  # the target has no headers any more, and the strip will ask for it
            was = {}
        if not self._is_of_run or not self._was:
            self._was = was
        if not self._is_of_run:
            self.line.counts.release()
            self._is_chosen = False
        self._show_facts()
        self._show_state()
        self._show_rows()

    def _show_facts(self) -> None:
        rows = [self._rows[one] for one in self._ids if one in self._rows]
        parts = []
        if rows:
            first, last = short_time(rows[0].received_ms), short_time(rows[-1].received_ms)
            parts.append(first if first == last else f"{first} to {last}")
        words = Counter(row.verdict.word for row in rows)
        if len(rows) == len(self._ids) and len(words) == 1:
            parts.append(f"all {next(iter(words))}")
        elif len(rows) == len(self._ids):
            parts.append(", ".join(f"{count:,} {word}" for word, count in words.most_common()))
        to = self._in_place.target
        has_room = len(words) < 2
        parts.append(f"in order, to {self._place(to)}" if to and has_room else "in order of arrival")
        self.header.show_several(len(self._ids), rows, "  ·  ".join(parts))

    def _place(self, to: str) -> str:
        return shortened(visible(self._mask.sentence(short_address(to))), 80)

    @Slot()
    def _show_target(self) -> None:
        self.line.show_target(self._in_place.target)
        if self.isVisible():
            self._read_timer.start()

    @Slot(object)
    def _go(self, scope: Scope) -> None:
        """Follow a part of the path by its exact id, even if the mask hides it."""
        exact = self._session.captures.rows(self._ids[:1]).get(self._ids[0])
        if exact is not None:
            names = ("survey_id", "group_id", "user_id")
            known = {name: getattr(exact, name) for name in names if getattr(scope, name) is not None}
            self.scope_requested.emit(replace(scope, **known))

    @Slot()
    def _ask_target(self) -> None:
        self._in_place.ask_target()

    # ---- the run

    @Slot(object)
    def _begin(self, run: Run) -> None:
        """Follow a run that was just started. The rows of a run that it resumes stay."""
        if self._run is not None:
            self._run.attempted.disconnect(self._attempted)
        is_resumed = run.plan.resumes is not None and self._run is not None
        if not is_resumed or self._run is None or self._run.plan_id != run.plan.resumes:
            self._run_ids = tuple(run.plan.ids)
            self._is_of_run = self._run_ids == self._ids
            self._results, self._counts, self._last, self._is_chosen = {}, Counter(), 0, False
            self.line.counts.begin()
            self.line.begin(len(self._run_ids))
            self._was = {}
            if self._is_of_run:
                self._read_timer.start()
        self._run, self._left = run, None
        run.attempted.connect(self._attempted)
        self._tick_timer.start()
        self._show_state()
        self._show_rows()

    def _attempted(self, attempt: AttemptRow) -> None:
        """Keep the attempt for the next tick, because this is called within the run's task."""
        self._new.append(attempt)

    @Slot()
    def _tick(self) -> None:
        run = self._run
        if run is None:
            self._tick_timer.stop()
            return
        new, self._new = self._new, []
        compared = self._session.requests.since(new[-_MOST_COMPARED:])
        for attempt in new:
            result = attempt, compared.get(attempt.id)
            self._counts[_key(result)] += 1
            self._last = max(self._last, attempt.capture_id)
            has_row = attempt.capture_id <= self._run_ids[:MOST_ROWS][-1]
            if not has_row and not attempt.is_expected and len(self._results) < 2 * MOST_ROWS:
                has_row = True  # a failure is listed, although there are too many captures for a row each
                if self._is_of_run:
                    self._rows |= self._mask.rows([attempt.capture_id])
                    self._listed.append(attempt.capture_id)
            if has_row:
                self._results[attempt.capture_id] = result
        if run.progress.is_done and not new:
            self._tick_timer.stop()
            if run.progress.state == "stopped":
                self._end_load.start(self._read_left(run))
        self._show_state()
        self._show_rows()
        if new and self._is_of_run and not self._is_chosen:
            self._show_result(next((one for one in new if not one.is_expected), new[-1]))

    async def _read_left(self, run: Run) -> None:
        rest = None if run.plan_id is None else await self._session.replays.rest(run.plan_id)
        self._left = 0 if rest is None else rest.left
        self._show_state()

    @Slot()
    def _resume(self) -> None:
        if self._run is not None and self._run.plan_id is not None:
            self._in_place.resume(self._run.plan_id)

    def _show_state(self) -> None:
        """Show in the strip the progress of the run, or what R would do."""
        self.line.show_target(self._in_place.target)
        run = self._run
        if run is None or not self._is_of_run:
            self.line.show_before(len(self._ids))
            return
        self.line.counts.show_counts(self._counts)
        self.line.show_progress(run.progress, len(self._run_ids), self._counts.total(), self._left)

    # ---- rows

    def _show_rows(self) -> None:
        """Show the rows that match the filter, and keep the selected one."""
        before = self._selected_id
        key = self.line.counts.key if self._is_of_run else None
        self._visible = [one for one in self._listed if key is None or self._has_key(one, key)]
        waiting = self._next_two
        self.model.put_rows([self._cells(one, waiting) for one in self._visible])
        self._fit()
        if before in self._visible and (self._is_chosen or self._is_of_run):
            self.table.selectRow(self._visible.index(before))
        elif self._visible and not (self._run and not self._run.progress.is_done):
            self.table.selectRow(0)
        elif not self._visible:
            self.response.forget()

    @property
    def _next_two(self) -> tuple[int, ...]:
        """The capture of the running plan that is in flight, and the next one."""
        if self._run is None or self._run.progress.is_done or not self._is_of_run:
            return ()
        place = bisect_right(self._run_ids, self._last)
        return self._run_ids[place : place + 2]

    def _has_key(self, capture_id: int, key: str) -> bool:
        result = self._results.get(capture_id)
        return result is not None and _key(result) == key

    def _cells(self, capture_id: int, waiting: Sequence[int]) -> Cells:
        row = self._rows.get(capture_id)
        captured = "–" if row is None else short_time(row.received_ms)
        event = "–" if row is None else _event(row)
        result = self._results.get(capture_id) if self._is_of_run else None
        if result is None:
            before = self._was.get(capture_id)
            was = "–" if before is None else outcome_word(before)
            now = ""
            if capture_id in waiting:
                now = "sending…" if capture_id == waiting[0] else "next"
            elif self._is_of_run and self._run is not None:
                is_over = self._run.progress.is_done
                is_stopped = self._run.progress.state == "stopped" and capture_id > self._last
                now = "–" if is_stopped else "skipped" if is_over or capture_id < self._last else ""
            return captured, event, was, now, "", "", ""
        attempt, compared = result
        last = None if compared is None else compared.before
        was = "–" if last is None else outcome_word(last)
        took = "–" if attempt.elapsed_ms is None else whole_milliseconds(attempt.elapsed_ms)
        since = "–" if compared is None or compared.since is None else SINCE_TEXT[compared.since]
        mark = "" if attempt.is_expected else LOUD
        return captured, event, was, outcome_word(attempt), took, since, mark

    @property
    def _selected_id(self) -> int | None:
        place = self.table.currentIndex().row()
        is_selected = self.table.selectionModel().hasSelection() and 0 <= place < len(self._visible)
        return self._visible[place] if is_selected else None

    def _show_result(self, attempt: AttemptRow) -> None:
        """Select the row of a new result; the first unexpected one stays selected."""
        shown = self._results.get(self._selected_id or 0)
        if attempt.capture_id in self._visible and (shown is None or shown[0].is_expected):
            self.table.selectRow(self._visible.index(attempt.capture_id))

    @Slot(QModelIndex, QModelIndex)
    def _select(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not 0 <= current.row() < len(self._visible):
            return
        capture_id = self._visible[current.row()]
        result = self._results.get(capture_id) if self._is_of_run else None
        attempt = self._was.get(capture_id) if result is None else result[0]
        row = self._rows.get(capture_id)
        if attempt is None:
            where = "to this target " if self._in_place.target else ""
            self.response.show_sentence(f"Not sent {where}yet.")
        else:
            self.response.show_attempt(attempt, "" if row is None else short_time(row.received_ms))

    @Slot(object)
    def _filter(self, _: object) -> None:
        self._show_rows()

    def _fit(self) -> None:
        """Give the table the height of its rows, and the response at least a third of the space."""
        px = self._theme.px
        row = px(28)
        room = (self.height() - px(_FIXED)) * 3 // 5
        rows = max(_LEAST_ROWS, min(len(self._listed), room // row - 1))
        self.table.setFixedHeight((rows + 1) * row)
        self.table.scrollTo(self.table.currentIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that the user selects rows, so that new results do not."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress):
            self._is_chosen = True
        return super().eventFilter(watched, event)

    def end(self) -> None:
        """Stop reading."""
        for load in (self._load, self._end_load):
            load.cancel()


def _key(result: Result) -> str:
    """Return the key of the count that a result belongs to."""
    attempt, compared = result
    key = outcome_key(attempt)
    return "fixed" if key == "succeeded" and compared is not None and compared.since == "fixed" else key


def _event(row: CaptureRow) -> str:
    order = "" if row.question_order is None else f" {row.question_order}"
    return {"response_group": "Completion", "answer": f"Answer{order}"}.get(row.event, "Unknown")
