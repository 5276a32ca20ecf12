"""Saving a page to a private file: as a PNG or SVG picture, or as a CSV table of the answers.

Masked fields never leave the program unless the user agrees: a table has dots instead. A picture shows the
page as it is, so the user is asked before it is saved.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from inspector.base.clock import local_time, now_ms
from inspector.base.files import NewFile
from inspector.base.visible import visible
from inspector.domain.mask.mask import DOTS, is_hidden_name
from inspector.domain.statistics.answer_table import masked_columns
from inspector.gui.captures.file_commands import SavedTable
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.dialog import ConfirmDialog, ask_where
from inspector.gui.kit.theme import Theme
from inspector.session.session import Session

FORMS = ("png", "svg", "csv")
"""The formats that a page or a card can be saved in."""
_FILTERS = {"png": "Picture (*.png)", "svg": "Drawing (*.svg)", "csv": "Table (*.csv)"}
_QUESTION = "A picture also shows masked fields. To hide them, save the summary as CSV."
_MAX_PIXELS = 16_000
"""The maximum number of pixels per side. Larger pictures take gigabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Widgets to save below each other, under a caption that names their content and time."""

    caption: str
    widgets: tuple[QWidget, ...]
    without: Sequence[QWidget] = ()
    """Controls to hide."""


class _Request(NamedTuple):
    form: str
    name: str
    picture: Picture
    table: SavedTable


class PageSaver(QObject):
    """A helper that asks where to save a page or a card, and writes the file."""

    message_posted = Signal(str)
    table_requested = Signal(object, object)
    """The Path of a file, and the SavedTable to write to it."""

    def __init__(self, session: Session, theme: Theme, window: QWidget, runner: Runner) -> None:
        super().__init__(window)
        self._session = session
        self._theme = theme
        self._window = window
        self._runner = runner
        self._request: _Request | None = None

    def masked(self, field: str, text: str) -> str:
        """Return a value of the sender's `field`, or dots if the field is masked."""
        return DOTS if text and is_hidden_name(self._session.preferences.masked_fields, field) else text

    @property
    def hidden(self) -> frozenset[str]:
        """The fields that are masked in a table."""
        return masked_columns(self._session.preferences.masked_fields)

    def ask(self, form: str, name: str, picture: Picture, table: SavedTable) -> None:
        """Ask where to save `picture` as `png` or `svg`, or `table` as `csv`. `name` is for the file."""
        self._request = _Request(form, name, picture, table)
        if form == "csv" or not self._is_masking:
            self._ask_where()
            return
        question = ConfirmDialog(
            self._session, self._theme, "Save an unmasked picture?", _QUESTION, "Save picture…", self._window
        )
        question.accepted.connect(self._ask_where)
        question.open()

    @property
    def _is_masking(self) -> bool:
        return bool(self._session.preferences.masked_fields)

    @Slot()
    def _ask_where(self) -> None:
        if self._request is not None:
            form, name = self._request.form, file_name(self._request.name)
            title = f"Save as{self._masking_text(form)}"
            ask_where(self._window, title, kinds=_FILTERS[form], name=f"{name}.{form}", then=self.write)

    @Slot(str)
    def write(self, file: str) -> None:
        """Write the requested file. An existing file is replaced, because the user was asked."""
        request, self._request = self._request, None
        if request is None:
            return
        path = Path(file)
        if request.form == "csv":
            self.table_requested.emit(path, replace(request.table, is_masked=self._is_masking))
        elif request.form == "svg":
            self._runner.run(self._write_bytes(path, svg(request.picture, self._theme)), "save a drawing")
        else:
            self._runner.run(self._write_bytes(path, png(request.picture, self._theme)), "save a picture")

    async def _write_bytes(self, path: Path, data: bytes) -> None:
        masking = self._masking_text("png")
        await asyncio.to_thread(_write_new, path, data)
        self.message_posted.emit(f"Saved {visible(path.name)}{masking}.")

    def _masking_text(self, form: str) -> str:
        """Return the words for whether masked fields are hidden in the file; empty if no field is masked."""
        if not self._is_masking:
            return ""
        return ", masked" if form == "csv" else ", not masked"


def png(picture: Picture, theme: Theme) -> bytes:
    """Return a picture as PNG, with two pixels per point."""
    with _composed(picture, theme) as (size, paint):
        ratio = min(2.0, _MAX_PIXELS / max(size.width(), size.height(), 1))
        image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        paint(painter)
        painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    buffer.close()
    return bytes(data.data())


def svg(picture: Picture, theme: Theme) -> bytes:
    """Return a picture as SVG, in which texts stay texts."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    with _composed(picture, theme) as (size, paint):
        generator.setSize(size)
        generator.setViewBox(QRect(QPoint(0, 0), size))
        generator.setTitle(picture.caption)
        painter = QPainter(generator)
        paint(painter)
        painter.end()
    buffer.close()
    return bytes(data.data())


@contextmanager
def _composed(picture: Picture, theme: Theme) -> Iterator[tuple[QSize, Callable[[QPainter], None]]]:
    """Yield the size of a picture, and a function that paints the caption and the widgets."""
    margin = theme.px(16)
    width = max(widget.width() for widget in picture.widgets)
    font = theme.font(12)
    flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
    area = QRect(margin, margin // 2, width - 2 * margin, theme.px(1_000))
    area = QFontMetrics(font).boundingRect(area, int(flags), picture.caption)
    top = area.bottom() + margin // 2
    size = QSize(width, top + sum(widget.height() for widget in picture.widgets))
    hidden = [part for part in picture.without if part.isVisible()]

    def paint(painter: QPainter) -> None:
        painter.fillRect(QRect(QPoint(0, 0), size), theme.color("base"))
        painter.setFont(font)
        painter.setPen(theme.color("text2"))
        painter.drawText(area, int(flags), picture.caption)
        y = top
        for widget in picture.widgets:
            widget.render(painter, QPoint(0, y))
            y += widget.height()

    for part in hidden:
        part.hide()
    try:
        yield size, paint
    finally:
        for part in hidden:
            part.show()


def as_of(*facts: str) -> str:
    """Return the caption of a picture with the current date and time, because it is viewed later."""
    moment = local_time(now_ms())
    parts = (*facts, f"as of {moment.day} {moment:%b %Y, %H:%M}")
    return "  ·  ".join(part for part in parts if part)


def file_name(text: str) -> str:
    """Return a file name for any text: letters and digits, with `-` for everything else."""
    return re.sub(r"[\W_]+", "-", text)[:60].strip("-").lower() or "summary"


def _write_new(path: Path, data: bytes) -> None:
    with NewFile(path, replaces=True) as file:
        file.write_bytes(data)
