"""A feature needs no more of the window than the protocol: each is built without the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from inspector.domain.query.scope import Scope
from inspector.gui.alerts.alert_notifier import AlertNotifier
from inspector.gui.alerts.tray import Tray
from inspector.gui.captures.capture_list import CaptureList
from inspector.gui.check.check_commands import CheckCommands
from inspector.gui.compare.compare_commands import CompareCommands
from inspector.gui.filters.filter_commands import FilterCommands
from inspector.gui.filters.query_field import QueryField
from inspector.gui.forwarding.forward_commands import ForwardCommands
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.context.runner import Runner
from inspector.gui.kit.context.window import D, Window
from inspector.gui.kit.dialog import open_dialog
from inspector.gui.kit.theme import Theme
from inspector.gui.maintenance.maintenance_commands import MaintenanceCommands
from inspector.gui.palette.palette_commands import PaletteCommands
from inspector.gui.public_address.address_commands import AddressCommands
from inspector.gui.replay.replay_commands import ReplayCommands
from inspector.gui.secrets.secret_commands import SecretCommands
from inspector.gui.settings.settings_commands import SettingsCommands
from inspector.gui.shell.listener_commands import ListenerCommands
from inspector.gui.shell.program_commands import ProgramCommands
from inspector.gui.summary.summary_stack import SummaryCommands, SummaryStack
from inspector.session.session import Session


class FakeWindow:
    """An empty window that records what a feature asks of it."""

    def __init__(self, session: Session, theme: Theme, widget: QWidget) -> None:
        self.session = session
        self.theme = theme
        self.widget = widget
        self.runner = Runner(session.tasks, widget)
        self.screen_mask = Mask(session, widget)
        self.actions = Actions(theme, widget)
        self.messages: list[str] = []
        self.selected: list[int] = []
        self.scopes: list[Scope] = []

    def action(self, name: str) -> QAction:
        return self.actions[name]

    def notify(self, message: str) -> None:
        self.messages.append(message)

    def open_dialog(self, make: Callable[[QWidget], D], *, is_modal: bool = True) -> D | None:
        return open_dialog(self.widget, lambda: make(self.widget), is_modal=is_modal)

    def select_capture(self, capture_id: int) -> None:
        self.selected.append(capture_id)

    def show_scope(self, scope: Scope) -> None:
        self.scopes.append(scope)


@pytest.fixture
def fake(session: Session, theme: Theme, plain_window: QWidget) -> FakeWindow:
    return FakeWindow(session, theme, plain_window)


def _nothing(_: str) -> None:
    """A part of the window that this feature would call."""


FEATURES: dict[str, Callable[[FakeWindow], QObject]] = {
    "alerts": lambda window: AlertNotifier(window, Tray(window)),
    "captures": lambda window: CaptureList(window, window.actions),
    "check": CheckCommands,
    "compare": CompareCommands,
    "forwarding": ForwardCommands,
    "listener": ListenerCommands,
    "maintenance": MaintenanceCommands,
    "filters": lambda window: FilterCommands(window, QueryField(window.theme, window.widget)),
    "palette": lambda window: PaletteCommands(window, window.actions, _nothing, _nothing, _nothing),
    "program": ProgramCommands,
    "public_address": AddressCommands,
    "replay": ReplayCommands,
    "secrets": SecretCommands,
    "settings": SettingsCommands,
    "summary": lambda window: SummaryCommands(
        window, SummaryStack(window.session, window.theme, window.runner, window.widget)
    ),
}


@pytest.mark.parametrize("name", FEATURES)
async def test_a_feature_is_built_alone(name: str, fake: FakeWindow) -> None:
    window: Window = fake
    assert FEATURES[name](fake).parent() is window.widget


@pytest.mark.parametrize(
    ("name", "command", "title"),
    [
        ("check", "check-receiver", "Check my receiver"),
        ("forwarding", "forward-to", "Forward new captures"),
        ("public_address", "set-address", "Public address"),
        ("maintenance", "log", "Log"),
        ("program", "about", "About Webhook Inspector"),
        ("secrets", "add-secret", "Add a secret"),
        ("settings", "settings", "Settings"),
    ],
)
async def test_its_actions_work_alone(name: str, command: str, title: str, fake: FakeWindow) -> None:
    feature = FEATURES[name](fake)
    fake.action(command).trigger()
    assert title in [one.windowTitle() for one in fake.widget.findChildren(QWidget) if one.isWindow()]
    assert feature.parent() is fake.widget


async def test_a_click_on_a_notification_selects_its_capture(fake: FakeWindow) -> None:
    AlertNotifier(fake, Tray(fake)).show_capture(17)
    assert fake.selected == [17]
