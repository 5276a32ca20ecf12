"""The dialog *Responses*: the rules, the editor of the selected one, its preview, and what retries show."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import QWidget

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.domain.response.parts import RuleError, RulePart, RuleResponse, WhichDeliveries
from inspector.domain.response.rule import ResponseRule
from inspector.gui.filters.query_suggestions import QuerySuggestions
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.dialog import BaseDialog, ask_which
from inspector.gui.kit.labels import Hairline, InfoNote, Label
from inspector.gui.kit.layout import STRETCH, Scrolled, box, column, foot, grow, resize_within, row
from inspector.gui.kit.links import Link
from inspector.gui.kit.tab_order import TabOrder
from inspector.gui.kit.theme import Theme
from inspector.gui.responses.match_counts import MatchCounts
from inspector.gui.responses.rule_list import RuleList
from inspector.gui.responses.rule_pane import RulePane
from inspector.gui.responses.rule_words import last_line, rule_line
from inspector.gui.responses.study_panel import StudyPanel
from inspector.session.session import Session

_WIDTH, _HEIGHT = 1140, 724
_LIST, _LEAST_LIST, _LEAST_PANE = 420, 320, 600
_SAVE_MS = 250
"""A rule is saved this long after the last key press, and used for the next delivery."""
_STORED_FIRST = (
    "Every delivery is stored first, whatever it gets. A path that ends in /503 gets 503 without a rule."
)
_AT_ONCE = "Changes apply to the next delivery."
_NEW = ResponseRule(which=WhichDeliveries(kind="first", number=1), respond=RuleResponse(status=503))
"""A new rule takes one delivery, which is stored as all are."""


class ResponsesDialog(BaseDialog):
    """A window that is not modal, so that arriving captures can be inspected meanwhile.

    Changes are saved as they are made. Esc closes it from anywhere.
    """

    show_requested = Signal(str)
    """The query of a rule: the user wants to see the captures that match it."""

    def __init__(self, session: Session, theme: Theme, mask: Mask, parent: QWidget | None = None) -> None:
        super().__init__("Responses", parent)
        self._session = session
        self._responses = session.responses
        self._theme = theme
        self._mask = mask
        self._unsaved: ResponseRule | None = None
        """The edited rule, until it is saved."""
        self._is_leaving = False
        self._asked_host = ""
        """The host that the user is asked about."""
        self._removed: tuple[ResponseRule, int] | None = None
        """The rule that was removed last, and its place."""
        self.runner = Runner(session.tasks, self)
        self.runner.message_posted.connect(self._show_problem)
        self._build_list()
        self._build_pane()
        self.study = StudyPanel(session.responses, theme, self.runner)
        self.study.closed.connect(self.rules.setFocus)
        self._build_foot()
        self._lay_out()
        self.counts = MatchCounts(session.responses, session.captures, self.runner, self)
        self.counts.changed.connect(self._show_rules)
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(_SAVE_MS)
        self._saving.timeout.connect(self._save)
        SignalBatcher(session.responses.changed, self).passed.connect(self._refresh)
        mask.changed.connect(self._refresh)
        self.finished.connect(self._end)
        self._refresh()
        self.rules.select(next((rule.id for rule in self._responses.rules), None))
        self.rules.setFocus()
        resize_within(self, theme, theme.px(_WIDTH), theme.px(_HEIGHT))

    # ---- construction

    def _build_list(self) -> None:
        theme = self._theme
        self.rules = RuleList(theme)
        self.add_button = Button(theme, "Add rule", icon="plus")
        self.add_button.clicked.connect(self._add)
        self.rules.rule_selected.connect(self._select)
        self.rules.switched.connect(self._switch)
        self.rules.moved.connect(self._move)
        self.rules.remove_requested.connect(self._remove)
        self.rules.edit_requested.connect(self._focus_editor)

    def _build_pane(self) -> None:
        self.pane = RulePane(self._session, self._theme, self._mask)
        self.editor, self.preview = self.pane.editor, self.pane.preview
        self.editor.edited.connect(self._edited)
        self.editor.file_requested.connect(self._ask_for_file)
        self.pane.reset_requested.connect(self._reset)
        self.pane.duplicate_requested.connect(self._duplicate)
        self.pane.remove_requested.connect(self._remove_selected)
        self.preview.show_link.clicked.connect(self._show_matches)
        self.pane.question.allow.clicked.connect(self._allow_host)

    def _build_foot(self) -> None:
        theme = self._theme
        self.note = Label(theme, _AT_ONCE, px=12, tone="text2")
        self.undo = Link(theme, "Undo")
        self.undo.hide()
        self.undo.clicked.connect(self._restore)
        self.copy = Button(theme, "Copy as options", icon="terminal")
        self.copy.setToolTip("Copy the rules that are on as options of listen")
        self.copy.clicked.connect(self._copy)
        self.close_button = Button(theme, "Close", key="Esc")
        self.close_button.clicked.connect(self.reject)
        undo = QShortcut(QKeySequence("Ctrl+Z"), self.rules)
        undo.setContext(Qt.ShortcutContext.WidgetShortcut)
        undo.activated.connect(self._restore)

    def _lay_out(self) -> None:
        theme, session = self._theme, self._session
        head = row(
            theme,
            Label(theme, "Rules", weight=600),
            Label(theme, "the first match wins", px=12, tone="text2"),
            STRETCH,
            self.add_button,
            spacing=8,
            margins=(16, 10, 12, 10),
        )
        stored_first = InfoNote(theme)
        side = box(
            column(
                theme,
                head,
                Hairline(theme),
                grow(self.rules),
                row(theme, stored_first, margins=(16, 8, 16, 8)),
            )
        )
        side.setMinimumWidth(theme.px(_LEAST_LIST))
        side.setMaximumWidth(theme.px(_LIST))
        self._foot = box(foot(theme, self.note, self.undo, STRETCH, self.copy, self.close_button), self)
        self._foot.setAutoFillBackground(True)
        self._foot.setBackgroundRole(QPalette.ColorRole.Window)
        area = Scrolled(theme, self.pane)  # twenty headers are higher than a small screen
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(theme.px(_LEAST_PANE))
        body = row(theme, grow(side, _LIST), Hairline(theme, is_upright=True), grow(area, _WIDTH - _LIST))
        column(theme, grow(body), self.study, Hairline(theme), self._foot, on=self)
        self._tab_order = TabOrder(self, (side, self.pane, self.study, self._foot))
        stored_first.show_sentence(_STORED_FIRST)  # without a parent it would be a window
        self.suggestions = QuerySuggestions(
            *(session.captures, session.groups, session.filters, self.editor.query, self.runner, theme),
            mask=self._mask,
            save_key="",
        )

    # ---- the shown rules

    @property
    def selected(self) -> ResponseRule | None:
        """The selected rule as it is stored, or None for the last row."""
        return self._rule(self.rules.selected)

    def _rule(self, key: int | None) -> ResponseRule | None:
        return next((rule for rule in self._responses.rules if rule.id == key), None)

    @property
    def _current(self) -> tuple[ResponseRule, ...]:
        """The rules as they will be once the edited one is saved."""
        edited = self._unsaved
        return tuple(
            replace(edited, is_on=rule.is_on) if edited is not None and edited.id == rule.id else rule
            for rule in self._responses.rules
        )

    @property
    def _selected_now(self) -> ResponseRule | None:
        """The selected rule as it will be once it is saved."""
        return next((rule for rule in self._current if rule.id == self.rules.selected), None)

    @Slot()
    def _refresh(self) -> None:
        """Show the rules after a change of one of them, here or in another process."""
        place, key = self.rules.currentIndex().row(), self.rules.selected
        self._show_rules()
        if key is not None and self._rule(key) is None:  # it was removed, so its neighbour is selected
            place = max(min(place, self.rules.model().rowCount() - 2), 0)
            self.rules.setCurrentIndex(self.rules.model().index(place, 0))
        self._show_selected()
        self.study.refresh()

    @Slot()
    def _show_rules(self) -> None:
        rules = self._current
        lines = [
            rule_line(rule, self._mask, matches=self.counts.of(rule), left=self._responses.left(rule.id))
            for rule in rules
        ]
        self.rules.show_lines([*lines, last_line(self.counts.rest)])
        self.counts.count(rules)
        self.copy.setEnabled(any(rule.is_on for rule in rules))
        self.pane.show_counts(self._selected_now, self.counts)

    @Slot(object)
    def _select(self, _key: int | None) -> None:
        self.pane.question.hide()
        self._save()
        self._show_selected()

    def _show_selected(self) -> None:
        rule = self.selected
        is_edited = rule is not None and self._unsaved is not None and self._unsaved.id == rule.id
        self.pane.show_rule(rule, is_edited=is_edited)
        self.pane.show_counts(self._selected_now, self.counts)
        self.preview.preview(self._current, self._selected_now)

    @Slot()
    def _show_matches(self) -> None:
        if (rule := self._selected_now) is not None:
            self.show_requested.emit(self._responses.matching_query(rule))
            self.reject()

    # ---- changes

    @Slot(object)
    def _edited(self, rule: ResponseRule) -> None:
        self.pane.question.hide()
        if self._is_leaving and rule.respond.kind == "relay":
            return  # Esc leaves a target that is only half typed
        self._unsaved = rule
        self._saving.start()
        self._show_rules()

    @Slot()
    def _save(self) -> None:
        """Save the edited rule now."""
        self._saving.stop()
        if self._unsaved is not None:
            self._run(self._saved(self._unsaved, self.focusWidget()), "save a response rule")

    async def _saved(self, rule: ResponseRule, focused: QWidget | None = None) -> None:
        try:
            if (host := await self._host_to_allow(rule)) is not None:
                self._later(partial(self._ask_for_host, rule, host))
                return
            made = await self._responses.change(rule.id, rule)
        except UsageError as error:
            self._later(partial(self._show_rule_error, rule, error))
            return
        if self._unsaved is rule:
            self._unsaved = None
        if made.id != rule.id:  # it became a relay, or a relay became another rule
            self._later(partial(self._select_other, made.id, focused))

    def _select_other(self, key: int, focused: QWidget | None) -> None:
        """Select the rule that took the place of the edited one. The focus stays in its field."""
        self.rules.select(key)
        if focused is not None and self.editor.isAncestorOf(focused):
            focused.setFocus()

    async def _host_to_allow(self, rule: ResponseRule) -> str | None:
        """Return the host that a new relay needs permission for."""
        if rule.respond.kind != "relay" or not rule.respond.target:
            return None
        session = self._session
        return await session.forwards.permission.host_to_allow(session.targets.address(rule.respond.target))

    def _ask_for_host(self, rule: ResponseRule, host: str) -> None:
        if self._is_edited(rule):
            self._asked_host = host
            self.pane.question.ask(visible(host))

    @Slot()
    def _allow_host(self) -> None:
        self.pane.question.hide()
        if self._unsaved is not None:
            self._run(self._allowed(self._asked_host, self._unsaved), "relay the response of a target")

    async def _allowed(self, host: str, rule: ResponseRule) -> None:
        await self._session.hosts.allow(host)
        await self._saved(rule)

    def _show_rule_error(self, rule: ResponseRule, error: UsageError) -> None:
        if self._is_edited(rule):
            part: RulePart = error.part if isinstance(error, RuleError) else "respond"
            self.editor.show_error(str(error), part)
        elif self._rule(rule.id) is not None:  # the user has selected another one meanwhile
            self._show_problem(f"The changes of {rule.number} were not saved. {error}")

    def _is_edited(self, rule: ResponseRule) -> bool:
        """Return whether an unsaved rule is still shown. Otherwise forget it."""
        if self.rules.selected == rule.id:
            return self._unsaved is rule
        if self._unsaved is rule:
            self._unsaved = None
        return False

    def _run(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._say(_AT_ONCE)
        self.runner.run(work, name)

    @Slot()
    def _add(self) -> None:
        self._save()
        self._run(self._added(_NEW), "add a response rule")

    async def _added(self, rule: ResponseRule, place: int | None = None) -> None:
        added = await self._responses.add(rule)
        if place is not None and added.id > 0:
            last = sum(one.id > 0 for one in self._responses.rules) - 1
            await self._responses.move(added.id, place - last)
        self._later(partial(self._show_added, added.id))

    def _show_added(self, key: int) -> None:
        self._refresh()
        self.rules.select(key)
        self._focus_editor()

    @Slot()
    def _duplicate(self) -> None:
        self._save()
        if (key := self.rules.selected) is not None:
            self._run(self._duplicated(key), "duplicate a response rule")

    async def _duplicated(self, key: int) -> None:
        made = await self._responses.duplicate(key)
        self._later(partial(self._show_added, made.id))

    @Slot(object, bool)
    def _switch(self, key: int, is_on: bool) -> None:
        self._save()
        self._run(self._responses.switch(key, is_on), "switch a response rule")

    @Slot(object, int)
    def _move(self, key: int, by: int) -> None:
        self._save()
        self._run(self._responses.move(key, by), "move a response rule")

    @Slot()
    def _reset(self) -> None:
        if (key := self.rules.selected) is not None:
            self._run(self._responses.reset(key), "reset the count of a response rule")

    @Slot()
    def _remove_selected(self) -> None:
        if (key := self.rules.selected) is not None:
            self._remove(key)

    @Slot(object)
    def _remove(self, key: int) -> None:
        self._save()
        rules = list(self._current)
        at = next((at for at, rule in enumerate(rules) if rule.id == key), None)
        if at is None:
            return
        place = sum(rule.id > 0 for rule in rules[:at])
        self._run(self._removed_at(rules[at], place), "remove a response rule")
        self.rules.setFocus()

    async def _removed_at(self, rule: ResponseRule, place: int) -> None:
        await self._responses.remove(rule.id)
        self._removed = rule, place
        self._later(partial(self._say, f"Removed {rule.number}.", has_undo=True))

    @Slot()
    def _restore(self) -> None:
        """Add the rule that was removed last again, at its place."""
        if self._removed is not None:
            (rule, place), self._removed = self._removed, None
            self._run(self._added(replace(rule, id=0), place), "restore a response rule")

    @Slot()
    def _ask_for_file(self) -> None:
        ask_which(
            self, "Body from a file", kinds=["JSON (*.json)", "Text (*.txt)"], then=self.editor.use_file
        )

    @Slot()
    def _copy(self) -> None:
        self._save()
        rules = [rule for rule in self._current if rule.is_on]
        QGuiApplication.clipboard().setText(" ".join(f"--answer {shlex.quote(rule.text)}" for rule in rules))
        self.copy.confirm()

    # ---- messages and the end

    def _say(self, sentence: str, *, has_undo: bool = False, tone: str = "text2") -> None:
        self.note.setText(sentence)
        self.note.set_tone(tone)
        self.undo.setVisible(has_undo)

    @Slot(str)
    def _show_problem(self, sentence: str) -> None:
        self._say(sentence, tone="invalid")
        self._refresh()

    @Slot()
    def _focus_editor(self) -> None:
        if self.selected is not None:
            self.editor.query.setFocus(Qt.FocusReason.TabFocusReason)

    def _later(self, call: Callable[[], object]) -> None:
        """Call a slot outside of the running task, unless the dialog was closed meanwhile."""
        if shiboken6.isValid(self):
            QTimer.singleShot(0, self, call)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        return self._tab_order.step(next)

    def done(self, result: int) -> None:
        """Close the dialog. Typed changes are saved, except those of a relay."""
        self._is_leaving = True
        super().done(result)

    @Slot()
    def _end(self) -> None:
        self._save()
        self.counts.stop()
        self.preview.stop()
