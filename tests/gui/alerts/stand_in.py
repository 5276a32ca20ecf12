"""A notification service for one test: says what it was told to show, clicks on it, and goes.

Run under `dbus-run-session`, with the window's part as its only client:
`python -m tests.gui.alerts.stand_in`; what was shown goes to standard output as JSON, one line each.
"""

from __future__ import annotations

import asyncio
import json
import sys

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_method_return,
    new_signal,
)
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection

from tests.waiting import until

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
_EMITTER = DBusAddress(PATH, interface=NAME)


class StandIn:
    """Answers Notify, then tells that the notification was clicked and closed."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self.calls: list[tuple[object, ...]] = []
        self.called = asyncio.Event()

    async def serve(self) -> None:
        """Answer until the connection ends."""
        while True:
            message = await self._connection.receive()
            fields = message.header.fields
            is_call = message.header.message_type is MessageType.method_call
            if is_call and fields.get(HeaderFields.member) == "Notify":
                await self._show(message)

    async def _show(self, message: Message) -> None:
        self.calls.append(message.body)
        number = len(self.calls)
        await self._connection.send(new_method_return(message, "u", (number,)))
        if message.body[5]:  # it has an action
            await self._connection.send(new_signal(_EMITTER, "ActionInvoked", "us", (number, "default")))
        await self._connection.send(new_signal(_EMITTER, "NotificationClosed", "uu", (number, 2)))
        self.called.set()


async def stand_in() -> StandIn:
    """Take the service's name on this session's bus."""
    connection = await open_dbus_connection("SESSION")
    async with DBusRouter(connection) as router:
        await Proxy(message_bus, router).RequestName(NAME)
    return StandIn(connection)


async def main() -> None:
    """Show three alerts through the window's part, and print what the service got and what was opened."""
    from inspector.base.tasks import Tasks
    from inspector.domain.query.alert import Alert
    from inspector.gui.alerts.desktop import DesktopNotifications

    service = await stand_in()
    tasks = Tasks()
    serving = tasks.spawn(service.serve(), "serve")
    opened: list[int | None] = []
    desktop = DesktopNotifications(tasks, opened.append)
    shown = [
        await desktop.show(Alert(title="Invalid signature", said="<b>x</b> & <img src='a'>", capture_id=17)),
        await desktop.show(Alert(title="Nothing for 15 minutes", said="The last one came.")),
    ]
    await until(lambda: len(opened) == 2)
    serving.cancel()
    print(json.dumps({"shown": shown, "opened": opened, "calls": service.calls}))
    await tasks.cancel_all()


if __name__ == "__main__":
    from PySide6.QtCore import QCoreApplication
    from qasync import QEventLoop

    app = QCoreApplication([])
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:  # as the window does
        sys.exit(runner.run(main()))
