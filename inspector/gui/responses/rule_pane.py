"""The right side of the dialog *Responses*: the selected rule with its verbs, its editor and its preview."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from inspector.domain.response.rule import ResponseRule
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.controls.value_boxes import LineField
from inspector.gui.kit.labels import Hairline, Label
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.mask_overlay import LineMask
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.questions import HostQuestion
from inspector.gui.responses.match_counts import MatchCounts
from inspector.gui.responses.preview import PreviewPane
from inspector.gui.responses.rule_editor import RuleEditor
from inspector.session.session import Session

_EVERYTHING_ELSE = (
    "A delivery that no rule takes gets 200 OK as soon as its capture is on disk. Add a rule to respond with"
    " an error, late, or not at all."
)
_RELAYED = "Captures are forwarded there. They contain people’s answers and your app key."
_OF_THIS_RUN = "This rule was given by --answer. Restart to change it."


class RulePane(QWidget):
    """Shows one rule, or what happens to a delivery that no rule takes."""

    reset_requested = Signal()
    """The user wants the rule to count from the beginning again."""
    duplicate_requested = Signal()
    remove_requested = Signal()

    def __init__(self, session: Session, theme: Theme, mask: Mask) -> None:
        super().__init__()
        self._responses = session.responses
        self.title = Label(theme, weight=600)
        self.title.setMinimumHeight(theme.px(28))  # that of the buttons, which the last row does not have
        self.left = Label(theme, px=12, tone="text2")
        self.reset = Button(theme, "Reset count")
        self.reset.clicked.connect(self.reset_requested)
        self.duplicate = Button(theme, "Duplicate")
        self.duplicate.clicked.connect(self.duplicate_requested)
        self.more = IconButton(theme, "more", "More actions for this rule")
        self.more.clicked.connect(self._open_menu)
        self.menu = QMenu(self)
        self.remove = self.menu.addAction("Remove rule")
        self.remove.setShortcut(QKeySequence(Qt.Key.Key_Delete))  # of the list, where it acts
        self.remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.remove.triggered.connect(self.remove_requested)
        self.editor = RuleEditor(theme)
        self.question = HostQuestion(theme, _RELAYED)
        self.about = Label(theme, tone="text2", wraps=True)
        self.preview = PreviewPane(session, theme, mask)
        head = row(theme, self.title, STRETCH, self.left, 4, self.reset, self.duplicate, self.more, spacing=8)
        column(
            theme,
            *(head, 10, self.editor, self.question, self.about, 12, Hairline(theme), 10, grow(self.preview)),
            margins=(20, 10, 20, 6),
            on=self,
        )
        LineMask(mask, self.editor.query, drawn=mask.rule)
        LineMask(mask, self.editor.target)
        LineMask(mask, self.editor.body, drawn=mask.body_text)
        self._mask = mask
        self.editor.headers.field_made.connect(self._cover)
        for field in self.editor.headers.fields:
            self._cover(field)

    @Slot(object)
    def _cover(self, header: LineField) -> None:
        """Hide credentials in a header while the screen is masked."""
        LineMask(self._mask, header, drawn=self._mask.header_line)

    def show_rule(self, rule: ResponseRule | None, *, is_edited: bool) -> None:
        """Show another rule; None is the last row. With `is_edited`, the fields stay as they are."""
        for part in (self.left, self.reset, self.duplicate, self.more, self.editor):
            part.setVisible(rule is not None)
        self.about.setVisible(rule is None or rule.id < 0)
        self.about.setText(_EVERYTHING_ELSE if rule is None else _OF_THIS_RUN)
        if rule is None:
            self.title.setText("Everything else")
            return
        self.title.setText(f"{rule.number[:1].upper()}{rule.number[1:]}")
        self.left.setText(self._count_words(rule))
        self.reset.setEnabled(rule.which.kind != "all")
        self.duplicate.setEnabled(rule.id > 0)
        self.more.setEnabled(rule.id >= 0)
        self.editor.setEnabled(rule.id >= 0)
        if not is_edited:
            self.editor.show_rule(rule)

    def _count_words(self, rule: ResponseRule) -> str:
        left = self._responses.left(rule.id)
        if left is not None:
            return f"{left:,} of {rule.which.number:,} left"
        asked = self._responses.asked(rule.id)
        return f"{asked:,} so far" if asked else ""

    def show_counts(self, rule: ResponseRule | None, counts: MatchCounts) -> None:
        """Show how many stored captures match the rule, or no rule."""
        number = counts.rest if rule is None else counts.of(rule)
        if number is None or counts.total is None:
            sentence = "Counting the stored captures that match…"
        elif not counts.total:
            sentence = "No captures yet."
        else:
            of_all = f"{number:,} of {counts.total:,} stored captures"
            verb = "matches" if number == 1 else "match"
            sentence = f"{of_all} {verb}{'' if rule is not None else ' no rule'}."
            if rule is None:
                sentence += " The newest of all, as if they arrived now:"
            elif number:
                sentence += " In order, as if they arrived now:"
        self.preview.show_about(sentence, has_matches=rule is not None and bool(number))

    @Slot()
    def _open_menu(self) -> None:
        corner = self.more.mapToGlobal(QPoint(self.more.width(), self.more.height()))
        self.menu.popup(corner - QPoint(self.menu.sizeHint().width(), 0))
