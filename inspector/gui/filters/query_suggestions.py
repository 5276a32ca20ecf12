"""The list below the filter field: verdicts, completions with counts, and recent filters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QListView

from inspector.base.visible import shortened, visible
from inspector.domain.mask.masked_capture import SENT_AS
from inspector.domain.query import parse
from inspector.domain.query.completion import CompletionPlace, Suggestion, completed, has_no_value, quoted
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.verdict import COUNTED
from inspector.gui.filters.query_field import QueryField
from inspector.gui.filters.recent_filters import RecentFilters, used_at
from inspector.gui.filters.suggested_rows import SuggestedRow, SuggestedRowDelegate, SuggestedRows
from inspector.gui.filters.verdict_toggle import VerdictToggle
from inspector.gui.kit.badges import BADGES
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.controls.key_hint import KeyWords
from inspector.gui.kit.labels import Hairline
from inspector.gui.kit.layout import STRETCH, column, grow, paint_raised, row
from inspector.gui.kit.theme import Theme
from inspector.session.captures import Captures, MatchCounter
from inspector.session.filters import Filters
from inspector.session.groups import Groups

_ROWS = 12
_RECENT, _RECENT_ALONE = 3, 6
_SHADOW = 8
_MOST_SURVEYS = 200
_CAPTIONS = {
    "survey": "Surveys",
    "group": "Groups",
    "user": "Respondents",
    "platform": "Platforms",
    "trigger": "Triggers",
    "method": "Methods",
}


class QuerySuggestions(QFrame):
    """A list as wide as the field, over the window. The field keeps the focus and passes keys on.

    It opens when the user enters the field or types; Down opens it again. Arrows select, Return and Tab
    accept, Esc closes. The first completion of typed text is selected.
    """

    save_requested = Signal()
    """The user wants to save the filter under a name."""

    def __init__(
        self,
        captures: Captures,
        groups: Groups,
        filters: Filters,
        field: QueryField,
        runner: Runner,
        theme: Theme,
        *,
        mask: Mask,
        save_key: str,
    ) -> None:
        """`save_key`: the keys that save the filter; empty for a field whose text is saved elsewhere."""
        super().__init__(field.window())
        self._mask = mask
        self._captures = captures
        self._groups = groups
        self._filters = filters
        self._field = field
        self._runner = runner
        self._theme = theme
        self.recent = RecentFilters()
        self._request = 0
        self._place: CompletionPlace | None = None
        self._text = ""
        """The text that the suggestions complete."""
        self._counting: MatchCounter | None = None
        self.hide()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.toggles = {verdict: VerdictToggle(theme, BADGES[verdict], self) for verdict in COUNTED}
        for verdict, toggle in self.toggles.items():
            toggle.toggled_by_user.connect(partial(self._toggle, verdict))
        self.rows = SuggestedRows(self)
        self.list = QListView(self)
        self._delegate = SuggestedRowDelegate(theme, self.list)
        self.list.setModel(self.rows)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName("Filter suggestions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._clicked)
        self._has_save = bool(save_key)
        self.save = KeyWords(theme, (save_key.split("+"),), "save this filter…", self)
        self.save.clicked.connect(self.save_requested)
        self._keys = (
            KeyWords(theme, (["Tab"], ["Enter"]), "accept", self),
            KeyWords(theme, (["Esc"],), "close", self),
        )
        self._lay_out()
        field.textEdited.connect(self._typed)
        field.query_changed.connect(self._changed)
        field.suggestions_requested.connect(self.open)
        field.was_entered.connect(self._entered)
        field.was_left.connect(self._remember)
        field.left_downwards.connect(self._remember)
        field.installEventFilter(self)

    def _lay_out(self) -> None:
        theme, edge = self._theme, _SHADOW + 1
        self._top = row(theme, *self.toggles.values(), STRETCH, spacing=6, margins=(11, 9, 11, 9))
        self._foot = row(theme, *self._keys, self.save, STRETCH, spacing=18, margins=(15, 9, 15, 9))
        self.save.setVisible(self._has_save)
        column(
            theme,
            self._top,
            Hairline(theme),
            grow(self.list),
            Hairline(theme),
            self._foot,
            spacing=0,
            margins=(edge, edge, edge, edge),
            on=self,
        )

    # ---- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the keys of the field while the list is visible."""
        if watched is self._field and self.isVisible():
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._press(event)
            if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide):
                self.close_again()
            elif event.type() == QEvent.Type.Resize:
                self._fit()
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        """Return whether the key was handled here."""
        key, place = Qt.Key(event.key()), self.list.currentIndex().row()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._select(self.rows.next_place(place, 1 if key == Qt.Key.Key_Down else -1))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            if (chosen := self.rows.row_at(place)) is None:
                self.close_again()
                return False  # Return applies the filter, Tab moves to the next control
            is_typed = self._is_typed(chosen)
            self._take(chosen)
            # If the value is complete, Return also moves to the list, as it does without suggestions.
            return not (is_typed and key != Qt.Key.Key_Tab)
        if key == Qt.Key.Key_Escape:
            self.close_again()
            return True
        return False

    def _select(self, place: int) -> None:
        self.list.setCurrentIndex(self.rows.index(place, 0))
        chosen = self.rows.row_at(place)
        # The focus stays in the field, so a screen reader follows its description.
        self._field.describe_suggestion("" if chosen is None else chosen.spoken)

    # ---- opening and closing

    @Slot(str)
    def _typed(self, _: str) -> None:
        self._request_suggestions(is_requested=False)

    @Slot(str)
    def _changed(self, text: str) -> None:
        """Show which verdicts are filtered, and close the list if the filter was cleared in one step.

        If the user erased the text, `_typed` came first, and the list shows the recent filters.
        """
        self._show_verdicts()
        if not text and self._text:
            self._request += 1
            self.close_again()

    @Slot()
    def _entered(self) -> None:
        """Show verdicts and recent filters when the user enters the field."""
        self._text, self._place = self._field.typed, None
        self._request += 1
        if not self._text:
            self._show_rows([], is_first_selected=False)

    @Slot()
    def open(self) -> None:
        """Show all suggestions at the cursor, even after a space."""
        self._request_suggestions(is_requested=True)

    def close_again(self) -> None:
        """Close the list, and stop counting."""
        if self._counting is not None:
            self._counting.stop()
            self._counting = None
        if self.isVisible():
            self.hide()
            self._field.describe_suggestion("")

    @Slot()
    def _remember(self) -> None:
        self.recent.use(self._field.text())

    # ---- suggestions

    def _request_suggestions(self, *, is_requested: bool) -> None:
        self._request += 1
        self._text, cursor = self._field.typed, self._field.cursorPosition()
        work = self._suggest(self._request, self._text, cursor, is_requested=is_requested)
        self._runner.run(work, "suggest completions")

    async def _suggest(self, request: int, text: str, cursor: int, *, is_requested: bool) -> None:
        found = await self._captures.suggestions(text, cursor)
        prefix = ""
        if found is not None and (field := _only_field(*found)) is not None:
            # The values of the only field that begins with the text are more useful than its name.
            begun = f"{text[: found[0].start]}{field}"
            values = await self._captures.suggestions(begun, len(begun))
            if values is not None and not self._is_hidden(values[0]):
                found, prefix = (replace(found[0], field=values[0].field), values[1]), field
        # call_soon shows them, because no slot may run inside a task (see signal_batcher.py).
        asyncio.get_running_loop().call_soon(self._show, request, found, prefix, is_requested)

    def _show(
        self,
        request: int,
        found: tuple[CompletionPlace, list[Suggestion]] | None,
        prefix: str,
        is_requested: bool,
    ) -> None:
        if request != self._request or not self._field.hasFocus():
            return
        if found is not None and self._is_hidden(found[0]):
            found = None
        # After a space everything would match, so show that only on request.
        if found is not None and not (is_requested or found[0].typed or found[0].field):
            found = None
        rows: list[SuggestedRow] = []
        self._place = None
        if found is not None:
            self._place = found[0]
            rows = self._completions(*found, prefix)
        # Return must not replace a wrong value by one that the user did not select.
        is_first_selected = bool(rows) and self._place is not None and not has_no_value(self._place)
        self._show_rows(rows, is_first_selected=is_first_selected)

    def _completions(
        self, place: CompletionPlace, suggestions: Sequence[Suggestion], prefix: str
    ) -> list[SuggestedRow]:
        field = place.field
        stored = None if field is None else field.stored
        caption = "Fields" if field is None else _CAPTIONS.get(stored or "", f"Values of {field.name}")
        if has_no_value(place):
            caption = f"{caption}. “{shortened(visible(place.typed), 40)}” is not one of them."
        counts: dict[str, int] = {}
        if stored == "survey":
            page = self._groups.surveys(limit=_MOST_SURVEYS)
            counts = {one.survey_id: one.captures for one in page.rows}
        rows = [SuggestedRow(label=caption)]
        for one in suggestions:
            if stored == "survey":  # by its id, which is short and stays the same
                survey_id = one.help_exact or one.exact
                text, label, note = quoted(survey_id), visible(survey_id), one.label if one.help else ""
                number, counted = counts.get(survey_id), ""
            else:
                text, label, note, number = one.text, one.label, one.help, None
                counted = "" if field is None else f"{field.name}:{one.text}"
            if field is not None and not field.name.startswith("$"):
                label = f"{field.name}:{label}"
            rows.append(
                SuggestedRow(
                    label=label,
                    note=note,
                    completion=replace(one, text=prefix + text),
                    counted=counted,
                    count=number,
                    matched=place.typed,
                )
            )
        return rows

    def _recent_rows(self, typed: str, *, is_alone: bool) -> list[SuggestedRow]:
        """Return the rows of recent filters. Next to completions, those that contain the typed text come
        first."""
        here = self._field.text().strip()
        found = [one for one in self.recent.all() if one[0] != here and not self._hides_query(one[0])]
        matching = [one for one in found if typed.lower() in one[0].lower()]
        if is_alone:
            found = matching
        else:
            found = [*matching, *(one for one in found if one not in matching)]
        if not found:
            return []
        names = {one.query: one.name for one in self._filters.all() if one.query}
        rows = [SuggestedRow(label="Recent filters")]
        for query, used_ms in found[: _RECENT_ALONE if is_alone else _RECENT]:
            note = f"saved as {self._mask.about(names[query], query)}" if query in names else used_at(used_ms)
            rows.append(SuggestedRow(label=visible(query), note=note, query=query, counted=query))
        return rows

    def _show_rows(self, rows: list[SuggestedRow], *, is_first_selected: bool) -> None:
        typed = self._field.typed
        word = "" if not typed or typed[-1:].isspace() else typed.split()[-1]
        rows = [*rows, *self._recent_rows(word, is_alone=not rows)]
        if typed and not rows:
            self.close_again()  # the results are more interesting
            return
        self.rows.show_rows(rows)
        self._show_verdicts()
        self._fit()
        self.show()
        self.raise_()
        self.list.scrollToTop()
        self._select(self.rows.next_place(-1, 1) if is_first_selected else -1)
        self._count()

    def _is_hidden(self, place: CompletionPlace) -> bool:
        """Return whether the mask hides the values of the field."""
        stored = None if place.field is None else place.field.stored
        return stored is not None and any(self._mask.hides(name) for name in SENT_AS.get(stored, ()))

    def _hides_query(self, query: str) -> bool:
        return self._mask.is_on and self._mask.rule(query) != query

    def _is_typed(self, chosen: SuggestedRow) -> bool:
        """Return whether the field already contains the whole completion."""
        place = self._place
        return (
            place is not None
            and chosen.completion is not None
            and chosen.completion.text == self._text[place.start : place.end]
        )

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        if (chosen := self.rows.row_at(index.row())) is not None and not chosen.is_caption:
            self._take(chosen)

    def _take(self, chosen: SuggestedRow) -> None:
        self.close_again()
        if self._field.typed != self._text:
            return
        if chosen.query:
            self._field.setText(chosen.query)
            return
        if self._place is None or chosen.completion is None:
            return
        text, cursor = completed(self._text, self._place, chosen.completion)
        self._field.edit(text, cursor)
        if text[:cursor].endswith((":", ".")):
            self._request_suggestions(is_requested=False)

    # ---- counts

    def _count(self) -> None:
        """Count the matches of the shown rows in a thread. A change of the rows stops it."""
        if self._counting is not None:
            self._counting.stop()
        wanted = [
            (place, row) for place, row in enumerate(self.rows.rows()) if row.counted and row.count is None
        ][:_ROWS]
        self._counting = None
        if wanted:
            self._counting = self._captures.counting()
            self._runner.run(self._count_rows(self._counting, wanted), "count matches of suggestions")

    async def _count_rows(self, counting: MatchCounter, wanted: Sequence[tuple[int, SuggestedRow]]) -> None:
        loop = asyncio.get_running_loop()
        for place, row_ in wanted:
            found = await counting.count(EVERYTHING, parse(row_.counted))
            if found is None:
                return
            loop.call_soon(self._show_count, counting, place, row_, found[0])

    def _show_count(self, counting: MatchCounter, place: int, row_: SuggestedRow, number: int) -> None:
        if counting is self._counting and self.rows.row_at(place) == row_:
            self.rows.change(place, replace(row_, count=number))

    # ---- verdicts

    def _show_verdicts(self) -> None:
        for verdict, toggle in self.toggles.items():
            toggle.setChecked(verdict in self._field.verdicts)

    def _toggle(self, verdict: str) -> None:
        shown: list[str] = list(self._field.verdicts)
        if verdict in shown:
            shown.remove(verdict)
        else:
            shown.append(verdict)
        self._field.show_verdicts(shown)
        if not self.isVisible():  # the last chip is gone, and the user may select another one
            self._entered()

    # ---- appearance

    def _fit(self) -> None:
        px, edge = self._theme.px, self._theme.px(_SHADOW + 1)
        window, field = self.window(), self._field
        width = field.width() + 2 * edge
        corner = field.mapTo(window, QPoint(-edge, field.height() + px(5) - edge))
        has_words = sum(one.width_with_words for one in self.toggles.values()) + px(46) <= field.width()
        for toggle in self.toggles.values():
            toggle.show_words(has_words)
        has_save = sum(one.sizeHint().width() for one in (*self._keys, self.save)) + px(66) <= field.width()
        self._keys[1].setVisible(has_save)
        rows = self.rows.rows()
        shown = rows[: _ROWS + 2]
        height = sum(self._delegate.height_of(one) for one in shown) + (px(8) if rows else 0)
        self.list.setFixedHeight(height)
        around = self._top.sizeHint().height() + self._foot.sizeHint().height() + 2 + 2 * edge
        most = window.height() - corner.y() - px(16)
        if around + height > most:
            self.list.setFixedHeight(max(most - around, px(28)))
        self.setGeometry(corner.x(), corner.y(), width, min(around + height, most))

    def paintEvent(self, event: QPaintEvent) -> None:
        shadow = self._theme.px(_SHADOW)
        box = QRectF(self.rect()).adjusted(shadow, shadow, -shadow, -shadow)
        paint_raised(QPainter(self), box, self._theme, shadow=shadow, radius=4, strength=6)


def _only_field(place: CompletionPlace, suggestions: Sequence[Suggestion]) -> str | None:
    """Return `survey:` if the typed word can only become this field, and its values are stored."""
    if place.field is not None or len(place.typed) < 2 or len(suggestions) != 1:
        return None
    name = suggestions[0].text
    return name if name.removesuffix(":") in _CAPTIONS else None
