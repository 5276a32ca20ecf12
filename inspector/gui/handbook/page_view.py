"""A page of the handbook as rich text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPoint, QUrl, Signal, Slot
from PySide6.QtGui import (
    QDesktopServices,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from inspector.gui.detail.long_text import Span, search
from inspector.gui.kit.theme import Theme
from inspector.session.handbook import HandbookPage, anchor_of, link_target

_BODY_PX = 13.5
_HEADING_PX = {1: 20.0, 2: 16.0, 3: 14.0}
_LINE_PERCENT = 120
_BELOW_CODE = 10


class HandbookPageView(QTextBrowser):
    """Shows one page, or one chapter of a long one.

    It loads nothing: no picture, no file and nothing from the network.
    """

    topic_requested = Signal(str, str)
    """The topic and anchor of a clicked link."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._page: HandbookPage | None = None
        self._text = ""
        self.setAccessibleName("Handbook page")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.document().setDocumentMargin(theme.px(20))
        self.anchorClicked.connect(self._follow)
        theme.changed.connect(self._show_again)

    @property
    def topic(self) -> str:
        """The topic of the page, or an empty text."""
        return "" if self._page is None else self._page.topic

    def show_page(self, page: HandbookPage, anchor: str = "") -> None:
        """Show a page from its start, or from the heading with this anchor."""
        text = page.chapter(anchor) if page.is_long else page.text
        self._page = page
        if text != self._text:
            self._text = text
            self._render()
        heading = self._heading(anchor) if anchor else None
        cursor = QTextCursor(self.document() if heading is None else heading)
        self.setTextCursor(cursor)
        self.verticalScrollBar().setValue(0)
        if heading is not None and heading.blockNumber() > 1:  # the first is below a link to the contents
            top = self.document().documentLayout().blockBoundingRect(heading).top()
            self.verticalScrollBar().setValue(round(top) - self._theme.px(8))

    # ---- Searchable

    @property
    def anchor(self) -> int:
        """The position where a search begins: the first visible character."""
        return self.cursorForPosition(QPoint(0, 0)).position()

    def search(self, needle: str) -> Iterator[Sequence[Span]]:
        """Yield the spans of `needle` in steps, ignoring case."""
        return search(self.document(), needle)

    def show_match(self, span: Span, around: Sequence[Span]) -> None:
        """Scroll to a match, and mark it more strongly than those `around` it."""
        self.setTextCursor(self._at(span[0], span[0]))
        self.ensureCursorVisible()
        self.setExtraSelections(
            [
                *(self._marked(one, "found", "text") for one in around if one != span),
                self._marked(span, "accent_fill", "on_accent"),
            ]
        )

    def show_no_match(self) -> None:
        """Remove all marks."""
        self.setExtraSelections([])

    # ---- Qt overrides

    def loadResource(self, kind: int, name: QUrl | str) -> None:
        """Load nothing."""

    # ---- drawing

    @Slot()
    def _show_again(self) -> None:
        """Show the same place in the colours of the new theme."""
        if self._page is not None:
            place = self.verticalScrollBar().value()
            self._render()
            self.verticalScrollBar().setValue(place)

    def _render(self) -> None:
        document = self.document()
        document.setDefaultFont(self._theme.font(_BODY_PX))
        document.setMarkdown(self._text)
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        block = document.begin()
        while block.isValid():
            self._style(block)
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                self._style_table(frame)
        cursor.endEditBlock()

    def _style(self, block: QTextBlock) -> None:
        px = self._theme.px
        cursor = QTextCursor(block)
        given = block.blockFormat()
        level = given.headingLevel()
        is_code = given.hasProperty(QTextFormat.Property.BlockCodeFence)
        changed = QTextBlockFormat()
        is_in_table = cursor.currentTable() is not None
        if level:
            changed.setTopMargin(px(4 if level == 1 else 18))
            changed.setBottomMargin(px(6))
        elif is_code:
            changed.setBackground(self._theme.color("raised"))
            changed.setLeftMargin(px(8))
            changed.setNonBreakableLines(False)
            if not block.next().blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence):
                changed.setBottomMargin(px(_BELOW_CODE))
        elif is_in_table:
            changed.setTopMargin(0)
            changed.setBottomMargin(0)
        else:
            changed.setBottomMargin(px(2 if block.textList() else 8))
            changed.setLineHeight(_LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(changed)
        for start, end, text in list(_fragments(block)):
            if level:
                text.clearProperty(QTextFormat.Property.FontSizeAdjustment)  # Qt's own size of headings
                text.setFont(self._theme.font(_HEADING_PX.get(level, _BODY_PX), 600))
            elif is_code or text.fontFixedPitch():
                text.setFont(self._theme.fixed_font(12.5))
            if text.isAnchor():
                text.setForeground(self._theme.color("accent"))
            self._at(start, end).setCharFormat(text)

    def _style_table(self, table: QTextTable) -> None:
        shape = QTextTableFormat(table.format())
        shape.setBorder(1)
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        shape.setBorderCollapse(True)
        shape.setBorderBrush(self._theme.color("outline"))
        shape.setTopMargin(self._theme.px(4))
        shape.setBottomMargin(self._theme.px(12))
        shape.setCellPadding(self._theme.px(5))
        shape.setCellSpacing(0)
        table.setFormat(shape)

    def _heading(self, anchor: str) -> QTextBlock | None:
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and anchor_of(block.text()) == anchor:
                return block
            block = block.next()
        return None

    def _marked(self, span: Span, ground: str, tone: str) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        mark.cursor = self._at(*span)
        mark.format.setBackground(self._theme.color(ground))
        mark.format.setForeground(self._theme.color(tone))
        return mark

    def _at(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    @Slot(QUrl)
    def _follow(self, link: QUrl) -> None:
        target = link_target(link.toString(), self.topic)
        if target is not None:
            self.topic_requested.emit(*target)
        elif link.scheme() == "https":
            QDesktopServices.openUrl(link)


def _fragments(block: QTextBlock) -> Iterator[tuple[int, int, QTextCharFormat]]:
    """Yield the start, end and format of each part of a block with one format."""
    pieces = block.begin()
    while not pieces.atEnd():
        fragment = pieces.fragment()
        yield fragment.position(), fragment.position() + fragment.length(), fragment.charFormat()
        pieces += 1
