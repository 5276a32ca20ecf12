"""The digests of the Signature tab: what was received, and what was expected of each reading."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.explanation import Explanation
from inspector.gui.detail.digest import DigestView, differences, how_many_differ
from inspector.gui.detail.flow_text import FlowText
from inspector.gui.labels import Hairline, Label
from inspector.gui.theme import Theme

_LONGEST_RECEIVED = 512


class Digests(QWidget):
    """Received, and expected for both readings where they are not the same."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        px = theme.px
        self._under = Label(theme, px=12, tone="text2")
        self._received = DigestView(theme, "Received")
        self._raw = DigestView(theme, "Expected")
        self._stringify = DigestView(theme, "Expected of JSON.stringify")
        self._raw_name = Label(theme, "Expected", px=12, tone="text2")
        self._stringify_name = Label(theme, "Stringified", px=12, tone="text2")
        self._raw_said = FlowText(theme, font=theme.font(12), tone="text2")
        self._stringify_said = FlowText(theme, font=theme.font(12), tone="text2")
        self._none = FlowText(theme, font=theme.font(12.5), tone="text2")
        head = QHBoxLayout()
        head.addWidget(Label(theme, "Digests", px=13, weight=600))
        head.addStretch(1)
        head.addWidget(self._under)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(4))
        grid.setColumnMinimumWidth(0, px(84))
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addLayout(head, 0, 0, 1, 2)
        grid.addWidget(Label(theme, "Received", px=12, tone="text2"), 1, 0, top)
        grid.addWidget(self._received, 1, 1)
        grid.addWidget(self._raw_name, 2, 0, top)
        grid.addWidget(self._raw, 2, 1)
        grid.addWidget(self._raw_said, 3, 1)
        grid.addWidget(self._stringify_name, 4, 0, top)
        grid.addWidget(self._stringify, 4, 1)
        grid.addWidget(self._stringify_said, 5, 1)
        grid.addWidget(self._none, 6, 1)
        grid.setRowMinimumHeight(7, px(10))
        grid.addWidget(Hairline(theme), 8, 0, 1, 2)

    def show_explanation(self, explanation: Explanation) -> None:
        """Show the digests of another explanation; nothing where there are none."""
        expected = explanation.expected
        came = explanation.received
        self.setVisible(came is not None or expected is not None)
        received = visible_bytes((came or b"")[:_LONGEST_RECEIVED])
        self._received.show_digest(received if came else "none" if came is None else "empty")
        self._under.setText(
            f"under {shortened(visible(explanation.expected_under), 60)}"
            if explanation.expected_under
            else ""
        )
        is_one = explanation.is_canonical or not explanation.is_json
        both = expected is not None and not is_one
        for part in (self._raw, self._raw_name, self._raw_said):
            part.setVisible(expected is not None)
        for part in (self._stringify, self._stringify_name, self._stringify_said):
            part.setVisible(both)
        self._none.setVisible(expected is None)
        self._none.show_text("Without a secret and a whole body there is nothing to compare it with.")
        if expected is None:
            return
        has_header = bool(came)
        self._raw_name.setText("Raw body" if both else "Expected")
        self._raw.show_digest(expected.raw, differences(expected.raw, received) if has_header else ())
        same = "Raw and stringified body are the same bytes here." if explanation.is_canonical else ""
        if not explanation.is_json:
            same = "The body is not JSON, so its bytes are the only reading."
        counted = how_many_differ(received, expected.raw) if has_header else ""
        self._raw_said.show_text(" ".join(part for part in (counted, same) if part))
        if expected.stringify is not None:
            text = expected.stringify
            self._stringify.show_digest(text, differences(text, received) if has_header else ())
            self._stringify_said.show_text(
                (how_many_differ(received, text) if has_header else "")
                + " Over JSON.stringify(JSON.parse(body))."
            )
