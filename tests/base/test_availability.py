"""Why there can be no window is told before Qt would abort."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from inspector.base import availability
from inspector.base.availability import why_no_window

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)


def test_without_a_display_it_says_so() -> None:
    assert why_no_window() == "No display found: neither DISPLAY nor WAYLAND_DISPLAY is set."


def test_a_platform_that_is_named_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert why_no_window() is None


def test_missing_libraries_are_named_as_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setitem(availability._CORE, "libthere-is-none.so.1", "libthere-is-none1")
    sentence = why_no_window()
    assert sentence is not None
    assert sentence.endswith("On Debian, run: apt install libthere-is-none1.")


@pytest.fixture
def all_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has every library of X11 and Wayland."""
    monkeypatch.setattr(availability, "_OF_PLATFORM", {})


@pytest.mark.usefixtures("all_libraries")
def test_a_wayland_display_nobody_serves_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    sentence = "Cannot reach the display wayland-9 from WAYLAND_DISPLAY."
    assert why_no_window() in (sentence, _cannot_draw())


@pytest.mark.usefixtures("all_libraries")
def test_an_x_display_nobody_serves_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    assert why_no_window() in (
        "Cannot reach the display :4711 from DISPLAY.",
        _cannot_draw(),
    )


@pytest.mark.usefixtures("all_libraries")
@pytest.mark.parametrize(("platform", "variable"), [("xcb", "DISPLAY"), ("wayland", "WAYLAND_DISPLAY")])
def test_a_platform_that_needs_a_display_without_one_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, variable: str
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert why_no_window() in (
        f"QT_QPA_PLATFORM needs a display, but {variable} is not set.",
        _cannot_draw(),
    )


def test_a_platform_that_qt_does_not_have_is_told_with_those_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "nope")
    sentence = why_no_window()
    assert sentence is not None
    assert sentence.startswith("QT_QPA_PLATFORM is 'nope', which Qt does not have here. Use one of: eglfs, ")
    assert " offscreen," in sentence


def test_a_platform_that_cannot_start_is_found_out_without_an_abort(monkeypatch: pytest.MonkeyPatch) -> None:
    """`linuxfb` wants a frame buffer; one that is no device is there on no machine."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "linuxfb:fb=/dev/null")
    assert why_no_window() == "QT_QPA_PLATFORM is 'linuxfb', but Qt cannot start this platform."


def test_of_several_platforms_one_that_can_start_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "nope;offscreen:anything")
    assert why_no_window() is None


def test_what_is_missing_is_told_with_nothing_installed() -> None:
    """`.ci/run` asks before there is a virtual environment: without site packages, from the checkout."""
    code = "from inspector.base import availability; print(availability.missing_packages('xcb'))"
    root = Path(availability.__file__).parents[2]
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("[")


def _cannot_draw() -> str:
    """The sentence of a machine on which the plugin itself does not load, whatever display there is."""
    sentence = why_no_window()
    return sentence if sentence is not None and sentence.startswith("Qt cannot open") else "no such sentence"
