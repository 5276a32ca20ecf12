"""Why there can be no window is told before Qt would abort."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from inspector.gui import availability
from inspector.gui.availability import why_no_window

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)


def test_without_a_display_it_says_so() -> None:
    assert why_no_window() == "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."


def test_a_platform_that_is_named_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert why_no_window() is None


def test_missing_libraries_are_named_as_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setitem(availability._CORE, "libthere-is-none.so.1", "libthere-is-none1")
    sentence = why_no_window()
    assert sentence is not None
    assert sentence.endswith("on Debian: apt install libthere-is-none1.")


def test_a_display_nobody_serves_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(availability, "_WAYLAND", {})
    monkeypatch.setattr(availability, "_BY_PLATFORM", {})
    assert why_no_window() == "The display wayland-9 cannot be reached."
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setenv("DISPLAY", ":4711")
    sentence = why_no_window()
    assert sentence is not None
    assert os.environ["DISPLAY"] in sentence or "Qt cannot draw" in sentence
