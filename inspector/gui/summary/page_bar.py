"""The bar above a summary: its path and its commands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QSizePolicy, QWidget

from inspector.base.clock import local_time
from inspector.base.visible import visible
from inspector.domain.query.scope import Scope
from inspector.domain.query.terms import Span
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.labels import ElidedLabel, Label
from inspector.gui.kit.layout import STRETCH, row
from inspector.gui.kit.links import ElidedLink, PathArrow, shared
from inspector.gui.kit.theme import Theme
from inspector.gui.summary.page import open_choices
from inspector.gui.summary.saving import FORMS
from inspector.gui.surveys.node import PART_NAMES, unmasked
from inspector.session.summaries import SummaryHead

CAPTURES, SUMMARY = 0, 1
_DAY_MS = 86_400_000
PERIODS: tuple[tuple[str, int | None], ...] = (
    ("All time", None),
    ("Last hour", 3_600_000),
    ("Last 24 hours", _DAY_MS),
    ("Last 7 days", 7 * _DAY_MS),
    ("Last 30 days", 30 * _DAY_MS),
    ("Last 90 days", 90 * _DAY_MS),
)
_ROOM_FOR_NAME = 80


class PageBar(QWidget):
    """The bar above the page of the scope selected in the tree."""

    scope_requested = Signal(object)
    """The scope of the name that was clicked in the path."""
    period_selected = Signal(object)
    """The last milliseconds to include, or None for all time."""
    others_included = Signal(bool)
    """Whether captures that are not verified are included."""
    save_requested = Signal(str)
    """One of `FORMS`."""
    replay_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name_of: Callable[[str, str], str] = unmasked
        self._theme = theme
        self._scope = Scope()
        px = theme.px
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setFixedHeight(px(44))
        self._is_small = False
        self._replay_words: tuple[str, ...] = ("Replay…",)
        self._others_words: tuple[str, ...] = ("",)
        self._links = (ElidedLink(theme, px=13), ElidedLink(theme, px=13))
        self._links[0].clicked.connect(self._go_up)
        self._links[1].clicked.connect(self._go_to_group)
        self._arrows = (PathArrow(theme), PathArrow(theme))
        self._here = ElidedLabel(theme, weight=500, mode=Qt.TextElideMode.ElideMiddle)
        self._no_filter = Label(theme, "without the filter", px=12, tone="text2", parent=self)
        self._no_filter.hide()
        self.others = QCheckBox("", self)
        self.others.setFont(theme.font(12))
        self.others.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.others.toggled.connect(self.others_included)
        self.period = Button(theme, PERIODS[0][0], is_quiet=True, has_menu=True)
        self.period.clicked.connect(self._open_periods)
        self.replay = Button(theme, self._replay_words[0], icon="replay")
        self.replay.clicked.connect(self.replay_requested)
        self.save = Button(theme, "Save as", has_menu=True)
        self.save.clicked.connect(self._open_forms)
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self._fit)
        row(
            theme,
            *(self._links[0], self._arrows[0], self._links[1], self._arrows[1], self._here),
            STRETCH,
            *(self._no_filter, self.others, self.period, self.replay, self.save),
            spacing=8,
            margins=(24, 0, 16, 0),
            on=self,
        )

    @property
    def path(self) -> tuple[ElidedLink, ElidedLink, ElidedLabel]:
        """The names of the two scopes above, which can be hidden, and of the shown one."""
        return (*self._links, self._here)

    def draw_names_by(self, name_of: Callable[[str, str], str]) -> None:
        """Draw names as returned by `name_of`, which gets the sender's field and the name."""
        self._name_of = name_of

    @property
    def has_captures(self) -> bool:
        """Whether the shown scope has any captures."""
        return not self.replay.isHidden()

    def show_filter(self, text: str) -> None:
        """Say that the page ignores the filter `text`, if there is one."""
        self._no_filter.setVisible(bool(text.strip()))
        self._fit()

    def show_scope(self, scope: Scope, head: SummaryHead) -> None:
        """Show the path and commands of a scope."""
        self._scope = scope
        field = "survey_name" if head.name else "survey_id"
        names = [PART_NAMES[scope.part]]
        if scope.survey_id is not None:
            names.append(visible(self._name_of(field, (head.name or scope.survey_id)[:200])))
        if scope.group_id is not None:
            names.append(visible(self._name_of("group_id", scope.group_id[:200])) or "No group")
        if scope.user_id is not None:
            names.append(visible(self._name_of("user_id", scope.user_id[:200])) or "Anonymous")
        *above, here = names[-3:]
        for place in range(2):
            is_there = place < len(above)
            self._links[place].show_text(above[place] if is_there else "")
            self._links[place].setVisible(is_there)
            self._arrows[place].setVisible(is_there)
        # There is no page above a survey: the first name is only a part of the tree.
        self._links[0].setEnabled(scope.group_id is not None)
        self._here.setText(here)
        self._leave_out_root()
        others = head.others if scope.part == "surveys" else 0
        self._others_words = (f"Include {others:,} untrusted", f"{others:,} untrusted")
        self.others.setAccessibleName(self._others_words[0])
        self.others.setVisible(others > 0 or self.others.isChecked())
        self.period.setVisible(scope.user_id is None)
        count = head.captures + head.others
        self._replay_words = _replay_words(count, head.others if scope.part == "surveys" else 0, scope)
        self.replay.setVisible(count > 0)
        self._fit()

    def show_small(self, is_small: bool) -> None:
        """Leave out the first name of the path in a small window, because it has no page."""
        self._is_small = is_small
        self._leave_out_root()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fitting.start()  # other texts need another layout, and one is in progress

    @Slot()
    def _fit(self) -> None:
        """Shorten the texts until the path fits. The tooltip of the button has its whole text."""
        layout = self.layout()
        assert layout is not None
        room = self.width() - self._theme.px(_ROOM_FOR_NAME) - layout.minimumSize().width()
        whole, short = self._replay_words[0], self._replay_words[-1]
        longest = [(self._others_words[0], words) for words in self._replay_words]
        for others, replay in (*longest, (self._others_words[-1], short)):
            more = 0 if self.others.isHidden() else _wider(self.others, others)
            if more + _wider(self.replay, replay) <= room:
                break
        self.others.setText(others)
        self.replay.show_as(replay, "replay")
        self._fit_path()
        self.replay.setToolTip("" if replay == whole else whole.rstrip("…"))

    def _fit_path(self) -> None:
        """Shorten the longest names of the path until all names fit."""
        layout = self.layout()
        assert layout is not None
        parts = [part for part in self.path if not part.isHidden()]
        beside = layout.minimumSize().width() - sum(part.minimumSizeHint().width() for part in parts)
        room = self.width() - beside
        hints = [part.sizeHint().width() for part in parts]
        for part, width in zip(parts, shared(room, hints), strict=True):
            part.setMaximumWidth(max(width, part.minimumSizeHint().width()))

    def _leave_out_root(self) -> None:
        is_left_out = self._is_small and self._scope.user_id is None
        for part in (self._links[0], self._arrows[0]):
            part.setVisible(bool(self._links[0].accessibleName()) and not is_left_out)

    @Slot()
    def _go_up(self) -> None:
        scope = self._scope
        self.scope_requested.emit(Scope(part=scope.part, survey_id=scope.survey_id))

    @Slot()
    def _go_to_group(self) -> None:
        scope = self._scope
        group = scope.group_id if scope.user_id is not None else None
        self.scope_requested.emit(Scope(part=scope.part, survey_id=scope.survey_id, group_id=group))

    @Slot()
    def _open_periods(self) -> None:
        open_choices(self.period, PERIODS, self._select_period, current=self.period.text())

    @Slot(QAction)
    def _select_period(self, action: QAction) -> None:
        self._show_period(action.text())
        self.period_selected.emit(action.data())

    def show_span(self, span: Span) -> None:
        """Show a span of time in place of a period. Selecting a period replaces it."""
        self._show_period(span_words(span))

    def _show_period(self, words: str) -> None:
        self.period.setText(words)
        self.period.setAccessibleName(f"{words}, select another period")
        self.period.updateGeometry()
        self._fitting.start()

    @Slot()
    def _open_forms(self) -> None:
        open_choices(self.save, ((f"{form.upper()}…", form) for form in FORMS), self._save)

    @Slot(QAction)
    def _save(self, action: QAction) -> None:
        self.save_requested.emit(action.data())


def _wider(button: QAbstractButton, text: str) -> int:
    """Return by how many px a button grows with another text."""
    metrics = button.fontMetrics()
    return metrics.horizontalAdvance(text) - metrics.horizontalAdvance(button.text())


def _replay_words(count: int, others: int, scope: Scope) -> tuple[str, ...]:
    """Return the texts of the button, longest first. For a respondent they mention the order."""
    is_story = scope.user_id is not None and count > 1
    what = f"{count:,} in order" if is_story else f"{count:,} capture{'' if count == 1 else 's'}"
    claimed = f", {others:,} untrusted" if 0 < others < count else ", untrusted" if others else ""
    return f"Replay {what}{claimed}…", f"Replay {what}…", f"Replay {count:,}…"


def span_words(span: Span) -> str:
    """Return a span of time: `24 Nov 12:00 to 24 Nov 13:00`, or only the days if they are whole."""
    moments = [None if ms is None else local_time(ms) for ms in (span.since_ms, span.before_ms)]
    is_whole = all(moment is None or (moment.hour, moment.minute) == (0, 0) for moment in moments)
    form = "%b" if is_whole else "%b %H:%M"
    since, before = (None if moment is None else f"{moment.day} {moment:{form}}" for moment in moments)
    if since is None:
        return f"Before {before}"
    return f"Since {since}" if before is None else f"{since} to {before}"
