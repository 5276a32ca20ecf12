"""The mask, which hides credentials and selected fields on a shared screen. It changes no stored data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal, Slot

from inspector.base.quantity import counted
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.line_diff import LineDiff
from inspector.domain.capture.rows import AttemptDetail, CaptureDetail, CaptureRow, ThreadRow
from inspector.domain.event.row_answers import RowAnswer
from inspector.domain.json.json_path import path_steps
from inspector.domain.mask.mask import (
    APP_KEY,
    DOTS,
    MaskedField,
    MaskPreset,
    hides,
    is_hidden_name,
    is_hidden_path,
    masked_body,
)
from inspector.domain.mask.masked_capture import (
    masked_about,
    masked_attempt,
    masked_detail,
    masked_explanation,
    masked_line,
    masked_row,
    masked_rule,
    masked_sentence,
)
from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.signature.evaluation import is_large
from inspector.domain.signature.explanation import Explanation
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.session.forwards import ForwardRow
from inspector.session.session import Session

_ALWAYS = ("secrets", "digests", "app_key")
_HIDDEN: Mapping[MaskPreset, tuple[str, ...]] = {
    "secrets": (),
    "people": ("user ids", "e-mail addresses", "answers", "notes", "the public address"),
}
_VISIBLE: Mapping[MaskPreset, str] = {
    "secrets": "user ids, answers, notes and the public address",
    "people": "surveys, questions, groups and headers",
    "everything": "surveys and questions",
}
_SHORT_PATH = 6
"""A shorter path of the public address would be found in unrelated words."""
_INLINE = 64 * 1024
"""Maximum bytes of an attempt that is masked on the loop; a larger one goes to the worker."""
_SIGNED = 64 * 1024
"""Maximum signed bytes shown next to a signature."""


class Mask(QObject):
    """Masks data of the session before it is drawn. The window saves the state, so a restart during a meeting
    reveals nothing."""

    changed = Signal()
    """Everything on the screen must be read again."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._is_on = False
        self._fields = self._chosen()
        SignalBatcher(session.preferences.changed, self).passed.connect(self._take_fields)
        for moment in (session.address.changed, session.tunnels.changed):
            SignalBatcher(moment, self).passed.connect(self._take_fields)

    @property
    def is_on(self) -> bool:
        """Whether anything is hidden now."""
        return self._is_on

    @property
    def hides_fields(self) -> bool:
        """Whether anything other than credentials is hidden now."""
        return self._is_on and bool(self._fields)

    @property
    def preset(self) -> MaskPreset:
        """What is hidden while the mask is on."""
        return self._session.preferences.mask_preset

    @property
    def summary(self) -> str:
        """Sentences about what the mask hides and what stays visible."""
        count = len(self._session.preferences.masked_fields)
        selected = counted(count, "selected field") if count else ""
        if self.preset == "everything":
            also = f", and {selected}" if selected else ""
            return f"Hidden: everything except {_VISIBLE[self.preset]}{also}."
        hidden = [*_ALWAYS, *_HIDDEN[self.preset], *([selected] if selected else [])]
        said = f"Hidden: {', '.join(hidden[:-1])} and {hidden[-1]}."
        return f"{said} Visible: {_VISIBLE[self.preset]}."

    @Slot(bool)
    def set_on(self, is_on: bool) -> None:
        """Turn the mask on or off."""
        if is_on != self._is_on:
            self._is_on = is_on
            self.changed.emit()

    def rows(self, ids: Sequence[int]) -> dict[int, CaptureRow]:
        """Return the rows of captures, masked if the mask is on."""
        rows = self._session.captures.rows(ids)
        if not self._is_on:
            return rows
        return {one: masked_row(row, self._fields) for one, row in rows.items()}

    def answers(self, ids: Sequence[int]) -> dict[int, tuple[RowAnswer, ...]]:
        """Return the answers in these rows, or none if the mask hides any field: rows have their summary."""
        return {} if self.hides_fields else self._session.captures.answers(ids)

    def unstored(
        self, row: CaptureRow, answers: tuple[RowAnswer, ...]
    ) -> tuple[CaptureRow, tuple[RowAnswer, ...]]:
        """Return the row and the answers of a capture that is not stored, masked if the mask is on."""
        if not self._is_on:
            return row, answers
        return masked_row(row, self._fields), () if self._fields else answers

    def threads(
        self, threads: Mapping[int, Sequence[int]]
    ) -> dict[int, tuple[ThreadRow, tuple[RowAnswer, ...]]]:
        """Return the rows and the latest answers of threads, without answers if the mask hides any field."""
        if not threads:
            return {}
        rows = self._session.threads.rows(threads)
        answers = {} if self.hides_fields else self._session.threads.answers(threads)
        return {key: (row, answers.get(key, ())) for key, row in rows.items()}

    async def detail(self, detail: CaptureDetail) -> CaptureDetail:
        """Return a capture, masked if the mask is on; a large body is masked in the worker."""
        if not self._is_on:
            return detail
        if is_large(detail.capture):
            return await self._session.worker.run(masked_detail, detail, self._fields)
        return masked_detail(detail, self._fields)

    def explanation(self, explanation: Explanation) -> Explanation:
        """Return the explanation of a signature, masked if the mask is on."""
        return masked_explanation(explanation) if self._is_on else explanation

    def signed(self, body: bytes) -> bytes:
        """Return the signed bytes, or their masked beginning if the mask is on."""
        return masked_body(body[:_SIGNED], (APP_KEY, *self._fields)) if self._is_on else body

    async def attempt(self, attempt: AttemptDetail, capture: Capture | None = None) -> AttemptDetail:
        """Return an attempt with its request and response, masked if the mask is on.

        `capture` is its origin, by default the stored capture. Raises InspectorError if that no longer
        exists.
        """
        if not self._is_on:
            return attempt
        if capture is None:
            capture = (await self._session.captures.detail(attempt.row.capture_id)).capture
        if len(attempt.response_body) + len(attempt.sent_body or b"") + len(capture.body) > _INLINE:
            return await self._session.worker.run(masked_attempt, attempt, capture, self._fields)
        return masked_attempt(attempt, capture, self._fields)

    async def compared(self, before_id: int, after_id: int) -> LineDiff:
        """Compare two responses of a receiver, masked if the mask is on: a response may echo its request.

        Raises InspectorError if one no longer exists.
        """
        read = self._session.captures.attempt
        before, after = [await self.attempt(await read(one)) for one in (before_id, after_id)]
        return await self._session.requests.compare(before, after)

    def name(self, field: str, text: str) -> str:
        """Return the name of a survey, group or user, masked if the mask hides the payload's `field`."""
        return DOTS if self.hides(field) and text else text

    @property
    def hides_notes(self) -> bool:
        """Whether the user's notes are hidden now."""
        return self._is_on and hides(self._fields, "notes")

    def hides(self, field: str) -> bool:
        """Return whether values of the payload's `field` are hidden now."""
        return self._is_on and is_hidden_name(self._fields, field)

    def sentence(self, text: str) -> str:
        """Return a sentence that names targets, masked if the mask is on."""
        return masked_sentence(text, self._fields) if self._is_on else text

    def header_line(self, text: str) -> str:
        """Return a header as `Name: value`, masked if the mask is on."""
        if not self._is_on:
            return text
        line = masked_line(text.encode("utf-8", "surrogatepass"), self._fields)
        return line.decode("utf-8", "surrogatepass")

    def body_text(self, text: str) -> str:
        """Return the text of a body, masked if the mask is on."""
        if not self._is_on:
            return text
        body = masked_body(text.encode("utf-8", "surrogatepass"), (APP_KEY, *self._fields))
        return body.decode("utf-8", "surrogatepass")

    def forward(self, row: ForwardRow) -> ForwardRow:
        """Return a forward, masked if the mask is on."""
        if not self._is_on:
            return row
        return replace(
            row,
            url=self.sentence(row.url),
            place=self.sentence(row.place),
            rule=self.rule(row.rule),
            takes=self.takes(row.takes, row.rule),
            trouble=None if row.trouble is None else self.sentence(row.trouble),
        )

    def rule(self, text: str) -> str:
        """Return the rule of a forward, masked if the mask is on."""
        return masked_rule(text, self._fields) if self._is_on else text

    def about(self, text: str, rule: str) -> str:
        """Return a text about a filter, such as its name, masked if the mask is on."""
        return masked_about(text, rule, self._fields) if self._is_on and rule else text

    def filter(self, one: SavedFilter) -> tuple[str, str]:
        """Return the name and the query of a saved filter, masked if the mask is on."""
        return self.about(one.name, one.query), self.rule(one.query) if one.query else ""

    def takes(self, words: str, rule: str) -> str:
        """Return `words`, a description that ends with the rule, masked if the mask is on."""
        rule = rule.strip()
        return words.removesuffix(rule) + self.rule(rule) if rule else words

    def values(self, paths: Sequence[str], texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values at JSON paths of a body, masked if the mask is on."""
        return tuple(map(self._value, paths, texts)) if self._is_on else texts

    def _value(self, path: str, text: str) -> str:
        """Return one value. Objects and arrays are hidden: they may contain anything."""
        is_hidden = text.startswith(("{", "[")) or is_hidden_path((APP_KEY, *self._fields), path_steps(path))
        return DOTS if text and is_hidden else text

    def _chosen(self) -> tuple[MaskedField, ...]:
        """Return the fields of the preset and those of the user, and each public address with its path."""
        preferences = self._session.preferences
        fields = preferences.fields_of(preferences.mask_preset)
        if preferences.mask_preset == "secrets":
            return fields
        address, tunnel = self._session.address, self._session.tunnels.state
        old = None if address.old is None else address.old.text
        texts: dict[str, None] = {}
        for url in (address.text, old, tunnel.url):
            place = urlsplit(url or "")
            texts |= {place.netloc: None}
            if len(place.path) > _SHORT_PATH:
                texts |= {place.path.strip("/"): None}
        return (*fields, *(MaskedField(name=text, kind="text") for text in texts if text))

    @Slot()
    def _take_fields(self) -> None:
        fields = self._chosen()
        if fields != self._fields:
            self._fields = fields
            if self._is_on:
                self.changed.emit()
