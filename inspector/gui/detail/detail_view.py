"""The base class of the views in the pane. A view is a widget that shows one capture in a tab.

To add a view, write a class like those in this folder and add it to `VIEWS` in `pane.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from PySide6.QtWidgets import QWidget

from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.event.answers import AnswersPage
from inspector.gui.kit.badges import Badge
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.theme import Theme
from inspector.gui.kit.verifier_menu import VerifierChoice
from inspector.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewContext:
    """The objects that views are built from."""

    session: Session
    theme: Theme
    actions: Actions
    mask: Mask
    verifier: VerifierChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCapture:
    """The capture in the pane."""

    exact: CaptureDetail
    """The capture as received, for copying, sending and verifying."""
    masked: CaptureDetail
    """The capture as it may be displayed; the same as `exact` if the mask is off."""
    page: AnswersPage | None = None
    """Its answers; None while the worker reads a large body."""
    is_masked: bool = False
    is_new: bool = True
    """Whether to show it completely. If not, only data stored with the same capture can differ."""


class DetailView:
    """The first base class of each view, before its widget class. It has no state."""

    label: ClassVar[str]
    """The name of the tab."""
    widest_count: ClassVar[str] = ""
    """The widest usual count of the tab. Its space is reserved, so that the tabs after it stay in place."""

    @property
    def as_widget(self) -> QWidget:
        """The view as a widget."""
        assert isinstance(self, QWidget)
        return self

    @staticmethod
    def mark(shown: ShownCapture) -> int | Badge | None:
        """Return the count or badge next to the name of the tab, which is shown before the view is built."""
        return None

    def show_capture(self, shown: ShownCapture) -> None:
        """Show a capture, or the same one again. Called again when `page` has been read."""
        raise NotImplementedError

    def clear(self) -> None:
        """Show nothing, and release the capture."""

    def set_active(self, is_active: bool) -> None:
        """Handle the opening or leaving of the tab, so that slow work can wait until it is visible."""


class ViewKind(Protocol):
    """The class of a view, as the pane uses it before the view is built."""

    label: str
    widest_count: str

    def __call__(self, context: ViewContext, /) -> DetailView:
        """Build the view."""

    def mark(self, shown: ShownCapture) -> int | Badge | None:
        """Return the count or badge next to the name of the tab."""
