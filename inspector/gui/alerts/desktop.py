"""Notifications over D-Bus (Desktop Notifications Specification, org.freedesktop)."""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
from collections import OrderedDict
from collections.abc import Callable

from jeepney import DBusAddress, DBusErrorResponse, MatchRule, Message, message_bus, new_method_call
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection
from jeepney.io.common import RouterClosed

from inspector.base.files import APP
from inspector.base.tasks import Tasks
from inspector.domain.query.alert import Alert

log = logging.getLogger(__name__)

_SERVICE = DBusAddress(
    "/org/freedesktop/Notifications",
    bus_name="org.freedesktop.Notifications",
    interface="org.freedesktop.Notifications",
)
_DEFAULT = "default"
"""The action key of a click on the notification."""
_NO_ID = 0
_SERVER_DECIDES = -1
_NORMAL = 1
_ANSWER_S = 5.0
_REMEMBERED = 100
_GONE = (OSError, EOFError, KeyError, ValueError, RuntimeError, RouterClosed, DBusErrorResponse, TimeoutError)
"""The errors if there is no bus or no notification service, or if it has ended."""


class DesktopNotifications:
    """Shows alerts, and calls `opened` with the capture of a clicked one, or None if it is not about one.

    Connects at the first alert.
    """

    def __init__(self, tasks: Tasks, opened: Callable[[int | None], None]) -> None:
        self._tasks = tasks
        self._opened = opened
        self._router: DBusRouter | None = None
        self._shown: OrderedDict[int, int | None] = OrderedDict()
        """Capture ids by notification id."""

    async def show(self, alert: Alert) -> bool:
        """Show an alert. Return False if this desktop has no notification service."""
        for _ in range(2):  # the second attempt finds a restarted service
            try:
                async with asyncio.timeout(_ANSWER_S):
                    router = self._router or await self._connect()
                    number = await _notify(router, alert)
            except _GONE as error:
                log.info("no notification was shown: %s", error)
                self._router = None
            else:
                self._shown[number] = alert.capture_id
                while len(self._shown) > _REMEMBERED:
                    self._shown.popitem(last=False)
                return True
        return False

    async def _connect(self) -> DBusRouter:
        connected: asyncio.Future[DBusRouter] = asyncio.get_running_loop().create_future()
        self._tasks.spawn(self._serve(connected), "listen to the desktop")
        self._router = await connected
        return self._router

    async def _serve(self, connected: asyncio.Future[DBusRouter]) -> None:
        """Keep one connection open until it or the session's tasks end."""
        connection: DBusConnection | None = None
        try:
            connection = await open_dbus_connection("SESSION")
            async with DBusRouter(connection) as router:
                clicks = MatchRule(type="signal", interface=_SERVICE.interface, path=_SERVICE.object_path)
                await Proxy(message_bus, router).AddMatch(clicks)
                with router.filter(clicks, bufsize=_REMEMBERED) as queue:
                    connected.set_result(router)
                    while True:
                        self._take(await queue.get())
        except _GONE as error:
            if not connected.done():
                connected.set_exception(error)
        finally:
            self._router = None
            if not connected.done():
                connected.cancel()
            if connection is not None:
                connection.writer.close()
                with contextlib.suppress(OSError):
                    await connection.writer.wait_closed()

    def _take(self, signal: Message) -> None:
        kind = signal.header.fields.get(3)  # MEMBER in the specification's table of header fields
        if kind == "ActionInvoked" and signal.body[1] == _DEFAULT:
            if signal.body[0] in self._shown:
                self._opened(self._shown[signal.body[0]])
        elif kind == "NotificationClosed":
            self._shown.pop(signal.body[0], None)


async def _notify(router: DBusRouter, alert: Alert) -> int:
    hints = {"urgency": ("y", _NORMAL), "desktop-entry": ("s", APP), "category": ("s", "network")}
    # The body may contain markup, so captured text is escaped. The title is plain text.
    body = html.escape(alert.said, quote=False)
    call = new_method_call(
        _SERVICE,
        "Notify",
        "susssasa{sv}i",
        ("Webhook Inspector", _NO_ID, APP, alert.title, body, [_DEFAULT, "Show"], hints, _SERVER_DECIDES),
    )
    answer = await router.send_and_get_reply(call)
    if answer.header.message_type.name == "error":
        raise DBusErrorResponse(answer)
    number: int = answer.body[0]
    return number
