"""The editor of one response rule: a field per part, and each error below its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from inspector.base.visible import visible
from inspector.domain.query import QueryError, parse
from inspector.domain.replay.attempt import status_text
from inspector.domain.response.parts import (
    KIND_WORDS,
    MAX_BODY,
    ResponseKind,
    RuleError,
    RulePart,
    RuleResponse,
    WhichDeliveries,
    WhichKind,
)
from inspector.domain.response.rule import ResponseRule
from inspector.gui.kit.buttons import Button
from inspector.gui.kit.controls.value_boxes import ComboBox, ElidedComboBox, LineField
from inspector.gui.kit.labels import Label
from inspector.gui.kit.layout import STRETCH, box, column, grow, row
from inspector.gui.kit.theme import Theme
from inspector.gui.responses.editor_fields import (
    DeliveriesField,
    EditorRow,
    HeaderFields,
    decimal_number,
    short_number,
    whole_number,
)

_NUMBER = 54
_PAUSE_MS = 400
"""An error of a value is shown after this pause in typing. It vanishes at once."""
_STATUSES = (
    *(200, 201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 408, 409, 410, 413, 422, 425, 429),
    *(500, 501, 502, 503, 504),
)
_OTHER = "other"
_WHICH: Mapping[WhichKind, str] = {
    "all": "All of them",
    "first": "The first",
    "every": "Every",
    "chance": "By chance",
}
_AFTER_WHICH: Mapping[WhichKind, str] = {
    "all": "",
    "first": "then the next rule",
    "every": "th, the next rules get the others",
    "chance": "%, seed",
}
_KINDS: Mapping[ResponseKind, str] = {**KIND_WORDS, "relay": f"{KIND_WORDS['relay']} of"}
_USUAL: Mapping[WhichKind, float] = {"all": 0, "first": 3, "every": 10, "chance": 20}
"""The number with which a way to select deliveries begins."""


class RuleEditor(QWidget):
    """Shows one rule, and emits it with each change that leaves it valid."""

    edited = Signal(object)
    """The rule, after the user changed a part of it. It is valid.

    A rule that relays belongs to a forward, which must not follow each letter: it is emitted when the user
    leaves the field or presses Return."""
    file_requested = Signal()
    """The user wants to select a file for the body."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rule = ResponseRule()
        self._is_filling = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._show_errors)
        self._build_query()
        self._build_which()
        self._build_response()
        self._build_headers()
        self._build_body()
        self._rows: dict[RulePart, EditorRow] = {
            "query": self.query_row,
            "which": self.which_row,
            "respond": self.respond_row,
            "after": self.respond_row,
            "drip": self.respond_row,
            "headers": self.headers_row,
            "body": self.body_row,
        }
        rows = (self.query_row, self.which_row, self.respond_row, self.headers_row, self.body_row)
        column(theme, *rows, spacing=10, on=self)
        self.show_rule(self._rule)

    # ---- construction

    def _build_query(self) -> None:
        self.query = DeliveriesField(self._theme, name="Deliveries")
        self.query.show_scope("", "Every delivery, or a filter such as survey:nps")
        self.query.query_changed.connect(self._typed)
        self.query.was_left.connect(self._show_errors)
        self.query.editingFinished.connect(self._finish_relay)
        self.query.left_downwards.connect(self._finish_relay)
        self.query_row = EditorRow(self._theme, "Deliveries", grow(self.query))

    def _build_which(self) -> None:
        self.which = ComboBox(self._theme, "Which ones", _WHICH)
        self.which.setFixedWidth(self._theme.px(130))
        self.number = self._number("Number")
        self.seed = self._number("Seed", width=96)
        self._after_number = Label(self._theme, tone="text2")
        self.which_row = EditorRow(
            self._theme, "Which ones", self.which, self.number, self._after_number, self.seed, STRETCH
        )
        self.which.activated.connect(self._which_selected)

    def _build_response(self) -> None:
        theme = self._theme
        statuses = {status: status_text(status) for status in _STATUSES}
        self.respond = ElidedComboBox(
            theme, "Respond with", {**statuses, _OTHER: "Another status…", **_KINDS}
        )
        self.respond.insertSeparator(self.respond.findData("close"))
        self.respond.setMinimumWidth(theme.px(120))
        self.respond.setMaximumWidth(theme.px(220))
        self.respond.setMaxVisibleItems(40)
        self.respond.activated.connect(self._response_selected)
        self.status = self._number("Status")
        self.target = LineField(theme, "Relay the response of", example="the only forward")
        self.target.textChanged.connect(self._typed)
        self.target.editingFinished.connect(self._finish_relay)
        self.after, self.drip = self._number("Seconds before the response"), self._number("Seconds to drip")
        self.after.setToolTip("Seconds that the sender waits for the response")
        self.drip.setToolTip("Seconds over which the bytes of the response are sent")
        self._after_words = self._seconds("after", self.after)
        self._drip_words = self._seconds("sent over", self.drip)
        self.respond_row = EditorRow(
            *(theme, "Respond with", grow(self.respond, 20), self.status, grow(self.target, 30)),
            *(self._after_words, self._drip_words, STRETCH),
            spacing=12,
        )

    def _build_headers(self) -> None:
        self.headers = HeaderFields(self._theme)
        self.headers.edited.connect(self._typed)
        self.headers_row = EditorRow(self._theme, "Headers", grow(self.headers))

    def _build_body(self) -> None:
        theme = self._theme
        self.body = LineField(theme, "Body", example="Empty")
        self.body.setMaxLength(2 * MAX_BODY)  # by default a line would be cut at 32,767 characters
        self.body.textChanged.connect(self._typed)
        self.from_file = Button(theme, "From a file…")
        self.from_file.clicked.connect(self._toggle_file)
        self._body_file = ""
        self.body_row = EditorRow(theme, "Body", grow(self.body), self.from_file)

    def _seconds(self, word: str, field: LineField) -> QWidget:
        words = Label(self._theme, word, tone="text2"), Label(self._theme, "s", tone="text2")
        return box(row(self._theme, words[0], field, words[1], spacing=8))

    def _number(self, name: str, *, width: int = _NUMBER) -> LineField:
        field = LineField(self._theme, name)
        field.setFixedWidth(self._theme.px(width))
        field.textChanged.connect(self._typed)
        return field

    # ---- the rule

    @property
    def rule(self) -> ResponseRule:
        """The rule as the fields describe it. Raises RuleError with the part that is wrong."""
        return self._read().checked()

    def show_rule(self, rule: ResponseRule) -> None:
        """Show another rule, or another version of the same one unless the fields show it already."""
        if rule.id == self._rule.id:
            self._rule = replace(self._rule, is_on=rule.is_on)
            if self.has_errors or self.rule == rule:
                return  # the typed text is not valid yet, so it cannot have been saved
        self._rule = rule
        self._is_filling = True
        respond, which = rule.respond, rule.which
        self.query.setText(rule.query)
        self.which.setCurrentIndex(self.which.findData(which.kind))
        self.number.setText(short_number(which.percent if which.kind == "chance" else which.number))
        self.seed.setText(str(which.seed))
        data: object = respond.kind
        if respond.kind == "status":
            data = respond.status if respond.status in _STATUSES else _OTHER
        self.respond.setCurrentIndex(self.respond.findData(data))
        self.status.setText(str(respond.status))
        self.target.setText(respond.target)
        self.after.setText(short_number(respond.after_s))
        self.drip.setText(short_number(respond.drip_s))
        self.headers.show_headers(respond.headers)
        self._show_body(respond.body, respond.body_file)
        self._is_filling = False
        self._show_fields()
        self._clear_errors()

    @property
    def has_errors(self) -> bool:
        """Whether a part is not valid, so that the last valid version of the rule applies."""
        return bool(self._errors())

    def _errors(self) -> dict[RulePart, RuleError]:
        """Return the errors of the fields, at most one per part."""
        found: dict[RulePart, RuleError] = {}
        for check_part in (
            lambda: replace(ResponseRule(), query=self.query.text()).checked(),
            lambda: self._read_which().check(),
            lambda: self._read_response().check(),
            lambda: self.rule,  # the parts together
        ):
            try:
                check_part()
            except RuleError as error:
                found.setdefault(error.part, error)
        return found

    def _read(self) -> ResponseRule:
        return replace(
            self._rule, query=self.query.text(), which=self._read_which(), respond=self._read_response()
        )

    def _read_which(self) -> WhichDeliveries:
        kind: WhichKind = self.which.currentData()
        if kind == "all" or self._kind == "relay":  # a relay takes all of them, so the fields are hidden
            return WhichDeliveries()
        if kind == "chance":
            percent = decimal_number(self.number.text(), "which")
            return WhichDeliveries(
                kind=kind, percent=percent, seed=whole_number(self.seed.text() or "0", "which")
            )
        return WhichDeliveries(kind=kind, number=whole_number(self.number.text(), "which"))

    def _read_response(self) -> RuleResponse:
        """Return the response. Parts that its kind cannot have are left out: their fields are hidden."""
        kind = self._kind
        if kind == "relay":
            return RuleResponse(kind=kind, target=self.target.text().strip())
        if kind == "never":
            return RuleResponse(kind=kind)
        after_s = decimal_number(self.after.text() or "0", "after")
        if kind != "status":
            return RuleResponse(kind=kind, after_s=after_s)
        data = self.respond.currentData()
        return RuleResponse(
            status=whole_number(self.status.text(), "respond") if data == _OTHER else data,
            after_s=after_s,
            drip_s=decimal_number(self.drip.text() or "0", "drip"),
            headers=self.headers.headers,
            body="" if self._body_file else self.body.text(),
            body_file=self._body_file,
        )

    @property
    def _kind(self) -> ResponseKind:
        data = self.respond.currentData()
        return next((kind for kind in _KINDS if kind == data), "status")

    # ---- changes by the user

    @Slot()
    def _typed(self) -> None:
        if self._is_filling:
            return
        self._show_fields()
        if errors := self._errors():
            # Errors vanish as soon as they are fixed. New ones are shown after a pause.
            texts = {str(error) for error in errors.values()}
            for one in set(self._rows.values()):
                if one.error.text() not in texts:
                    one.show_error("")
            self.query.show_error(None)
            self._pause.start()
            return
        self._pause.stop()
        self._clear_errors()
        if self._kind != "relay":
            self._emit()

    @Slot()
    def _finish_relay(self) -> None:
        if self._kind == "relay" and not self.has_errors:
            self._emit()

    def _emit(self) -> None:
        if (rule := self.rule) != self._rule:
            self._rule = rule
            self.edited.emit(rule)

    @Slot(int)
    def _which_selected(self, _place: int) -> None:
        kind: WhichKind = self.which.currentData()
        self._is_filling = True
        self.number.setText(short_number(_USUAL[kind]))
        self._is_filling = False
        self._typed()
        if kind != "all":
            self.number.setFocus()
            self.number.selectAll()

    @Slot(int)
    def _response_selected(self, _place: int) -> None:
        self._typed()
        if self.respond.currentData() == _OTHER:
            self.status.setFocus()
            self.status.selectAll()
        elif self._kind == "relay":
            self.target.setFocus()

    @Slot()
    def _toggle_file(self) -> None:
        if self._body_file:
            self._show_body("", "")
            self.body.setFocus()
            self._typed()
        else:
            self.file_requested.emit()

    @Slot(str)
    def use_file(self, path: str) -> None:
        """Read the body from a file, for each response."""
        self._show_body("", path)
        self._typed()

    # ---- appearance

    def _show_fields(self) -> None:
        """Show the fields that the selected response can have."""
        which, kind = self.which.currentData(), self._kind
        self.number.setVisible(which != "all")
        self.seed.setVisible(which == "chance")
        self._after_number.setText(_AFTER_WHICH[which])
        self.status.setVisible(self.respond.currentData() == _OTHER)
        self.target.setVisible(kind == "relay")
        self._after_words.setVisible(kind in ("status", "close", "reset"))
        self._drip_words.setVisible(kind == "status")
        self.headers_row.setVisible(kind == "status")
        self.body_row.setVisible(kind == "status")
        self.which_row.setVisible(kind != "relay")

    def _show_body(self, text: str, file: str) -> None:
        was_filling, self._is_filling = self._is_filling, True
        self._body_file = file
        self.body.setReadOnly(bool(file))
        self.body.setText(visible(file) if file else text)
        self.body.setToolTip("Read for each response." if file else "")
        self.body.setAccessibleName("File with the body" if file else "Body")
        self.from_file.show_as("Remove the file" if file else "From a file…", None)
        self._is_filling = was_filling

    def _clear_errors(self) -> None:
        for one in set(self._rows.values()):
            one.show_error("")
        self.query.show_error(None)

    def show_error(self, sentence: str, part: RulePart) -> None:
        """Show why a rule could not be saved, below the field of its `part`."""
        self._rows[part].show_error(sentence)

    @Slot()
    def _show_errors(self) -> None:
        """Show the error below its field. A query that is being typed may be incomplete."""
        self._pause.stop()
        self._clear_errors()
        for part, error in self._errors().items():
            if part != "query" or self._mark_query():
                self._rows[part].show_error(str(error))

    def _mark_query(self) -> bool:
        """Underline the error of the query. Return whether it is one, and not a part that is being typed."""
        try:
            parse(self.query.text())
        except QueryError as error:
            if self.query.hasFocus() and self.query.is_incomplete(error):
                return False
            self.query.show_error(error)
        return True
