"""Notifications as the desktop's service gets them, over a real bus with a stand-in for the service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from inspector.base.tasks import Tasks
from inspector.domain.query.alert import Alert
from inspector.gui.alerts.desktop import DesktopNotifications
from tests.waiting import PATIENCE_S

needs_bus = pytest.mark.skipif(
    shutil.which("dbus-run-session") is None, reason="dbus-run-session is not installed (apt install dbus)"
)


@needs_bus
def test_an_alert_is_shown_escaped_and_a_click_brings_up_its_capture() -> None:
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-m", "tests.gui.alerts.stand_in"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["shown"] == [True, True]
    assert told["opened"] == [17, None]
    app, replaces, icon, title, body, actions, hints, expires = told["calls"][0]
    assert (app, replaces, icon, expires) == ("Webhook Inspector", 0, "webhook-inspector", -1)
    assert title == "Invalid signature"
    assert body == "&lt;b&gt;x&lt;/b&gt; &amp; &lt;img src='a'&gt;"
    assert actions == ["default", "Show"]
    assert hints["desktop-entry"] == ["s", "webhook-inspector"]
    assert told["calls"][1][5] == ["default", "Show"], "silence has no capture, but it opens the window"


async def test_without_a_bus_nothing_is_shown_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    tasks = Tasks()
    desktop = DesktopNotifications(tasks, lambda _: None)
    assert not await desktop.show(Alert(title="A", said="B"))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    assert not await desktop.show(Alert(title="A", said="B"))
    await tasks.cancel_all()
