"""The strip and the bar of several captures: `5 of 8`, progress, outcomes that filter, Stop and Resume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.controls.key_hint import KeyCap
from inspector.gui.kit.labels import Hairline, Label, plain_tip
from inspector.gui.kit.layout import STRETCH, column, grow, row
from inspector.gui.kit.menus import open_above
from inspector.gui.kit.progress_bar import ProgressBar
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.counts import OUTCOME_WORDS, Counts
from inspector.gui.replay.target_choice import MENU, TargetChoice
from inspector.session.replays import Progress
from inspector.session.session import Session

_OUTCOMES: Mapping[str, str] = {"fixed": "Fixed", **OUTCOME_WORDS}


class RunLine(QWidget):
    """The progress of a replay of several captures in one line."""

    def __init__(
        self, session: Session, theme: Theme, mask: Mask, key: str, parent: QWidget | None = None
    ) -> None:
        """`key`: the shortcut that sends the captures."""
        super().__init__(parent)
        self._theme = theme
        self.title = Label(theme, weight=600)
        self._key = KeyCap(theme, key, f"Press {key} to replay")
        self._bar = ProgressBar(theme)
        self.counts = Counts(theme, _OUTCOMES, has_glyphs=False)
        self.skipped = Label(theme, px=12, tone="text2")
        self.choice = TargetChoice(session, theme, mask)
        self.targets = self.choice.targets
        self.stop = Button(theme, "Stop", icon="stop")
        self.resume = Button(theme, "Resume", icon="play", is_primary=True)
        row(
            theme,
            *(self.title, self._key, self._bar, self.counts, self.skipped, STRETCH),
            *(self.choice, self.stop, self.resume),
            spacing=12,
            margins=(20, 0, 8, 0),
            on=self,
        )
        self.show_before(0)

    def show_target(self, to: str | None) -> None:
        """Show another target, by its URL or its name; None without one."""
        self.choice.show_target(to)

    def show_before(self, count: int) -> None:
        """Show what the key does."""
        self.title.setText(f"Replay {count:,} in order")
        self._show(self.title, self._key, self.choice)
        self.choice.fit(10_000)

    def begin(self, total: int) -> None:
        """Show that a run has started."""
        self.title.setText(f"0 of {total:,}")
        self._bar.show_part(0)

    def show_progress(self, progress: Progress, total: int, sent: int, left: int | None) -> None:
        """Show the progress of a run, and its remaining deliveries once it is stopped."""
        skipped = progress.skipped - progress.dropped
        done = min(sent + skipped, total)
        self._bar.show_part(done / total if total else 1.0)
        self._bar.setAccessibleName(f"{done * 100 // max(total, 1)} % done")
        self.skipped.setText(f"{skipped:,} skipped" if skipped else "")
        reasons = (f"{count:,} skipped: {visible(why)}" for why, count in progress.skipped_because)
        self.skipped.setToolTip(plain_tip("\n".join(reasons)))
        extra = [self.skipped] if skipped else []
        if progress.state == "stopped":
            at = total if left is None else total - left
            self.title.setText(f"Stopped at {at:,} of {total:,}.")
            if left:
                self.resume.show_as(f"Resume {left:,}", "play")
            self._show(self.title, self.counts, *extra, *([self.resume] if left else []))
        elif progress.state == "done":
            self.title.setText(f"{done:,} of {total:,}")
            self._show(self.title, self.counts, *extra, self.choice)
        else:
            self.title.setText(f"{done:,} of {total:,}")
            self._show(self.title, self._bar, self.counts, *extra, self.stop)
        self._fit()

    def _show(self, *shown: QWidget) -> None:
        parts = (self.title, self._key, self._bar, self.counts, self.skipped, self.choice)
        for part in (*parts, self.stop, self.resume):
            part.setVisible(part in shown)

    def _fit(self) -> None:
        """Give the counts the space that they need: first the target shrinks, then their words."""
        px = self._theme.px
        others = (self.title, self._key, self._bar, self.skipped, self.stop, self.resume)
        widths = (max(part.sizeHint().width(), part.minimumWidth()) for part in others if not part.isHidden())
        room = self.width() - px(20 + 8) - px(12) - sum(width + px(12) for width in widths)
        if self.choice.isHidden():
            self.counts.fit(room)
        else:
            self.counts.fit(room - px(MENU))
            self.choice.fit(room - self.counts.sizeHint().width() - px(12))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.counts.isHidden():
            self._fit()


class SeveralBar(QWidget):
    """The bar below several captures: what can be done with all of them."""

    compare_requested = Signal(object)
    """A tuple of two ids."""

    def __init__(self, window: Window, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme, action = window.theme, window.action
        self._ids: tuple[int, ...] = ()
        plan = action("replay-plan")
        self.plan = Button(theme, plan.text(), icon="replay", key=plan.shortcut().toString())
        self.plan.clicked.connect(plan.trigger)
        self.compare = Button(
            theme, "Compare both", icon="compare", key=action("compare").shortcut().toString()
        )
        self.compare.clicked.connect(action("compare").trigger)
        self.copy = Button(theme, "Copy", icon="copy", has_menu=True)
        self.copy.clicked.connect(self._open_copies)
        self._copies = QMenu(self)
        self._copies.addActions([action("copy-id"), action("copy-value")])
        self._more = QMenu(self)
        self._more.addActions([action(name) for name in ("compare", "export-selected", "delete")])
        icons = []
        for name, icon, text in (("pin", "pin", "Pin"), ("export-selected", "save", "Export…")):
            button = IconButton(theme, icon, text, tip=f"{text} ({action(name).shortcut().toString()})")
            button.clicked.connect(action(name).trigger)
            icons.append(button)
        self.more = IconButton(theme, "more", "More actions for these captures")
        self.more.clicked.connect(self._open_more)
        bar = row(
            theme,
            *(self.plan, self.copy, self.compare, STRETCH, row(theme, *icons, self.more)),
            spacing=8,
            margins=(20, 0, 16, 0),
        )
        column(theme, Hairline(theme), grow(bar), on=self)
        self.setFixedHeight(theme.px(48))

    @property
    def menus(self) -> tuple[QMenu, QMenu]:
        """The menus of what can be copied, and of the other actions."""
        return self._copies, self._more

    def show_selection(self, ids: Sequence[int]) -> None:
        """Act on these captures."""
        self._ids = tuple(ids)
        self.compare.setVisible(len(self._ids) == 2)
        self.setAccessibleName(f"Actions for {counted(len(self._ids), 'capture')}")

    @Slot()
    def _open_copies(self) -> None:
        open_above(self._copies, self.copy)

    @Slot()
    def _open_more(self) -> None:
        open_above(self._more, self.more)
