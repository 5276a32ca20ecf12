"""Fixtures of every test: its own home, no keyring, and nothing left behind: no garbage, and no unexpected
log line."""

from __future__ import annotations

import gc
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

GUI_TESTS = Path(__file__).parent / "gui"

# Before Qt is loaded: no test opens a window on a developer's desktop.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
# Before keyring is loaded: no test reads or writes a developer's secrets.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
# No test notifies a developer's desktop.
for variable in ("BLITZ_WEBHOOK_SECRET", "NO_COLOR", "PYTHONWARNINGS", "DBUS_SESSION_BUS_ADDRESS"):
    os.environ.pop(variable, None)
# A script's shell ignores the signals of Ctrl+C and Ctrl+backslash in what it starts in the background.
# Every process of a test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGQUIT"):
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# Only the processes of the tests measure coverage: in each process that a test starts, tracing would take
# longer than the work, and a kill loses the result.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_START", None)
# On a busy machine, any example can take longer than the 0.2 s that hypothesis allows.
settings.register_profile("without a time limit", deadline=None)
settings.load_profile("without a time limit")


def _why_no_qt() -> str | None:
    try:
        import PySide6.QtTest
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt's system libraries are missing: {error}"
    return None


WHY_NO_QT = _why_no_qt()


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """pytest-qt ends the whole run where Qt cannot be loaded; this hook is called before it tries."""
    if WHY_NO_QT is not None:
        pluginmanager.unregister(name="pytest-qt")


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Without Qt the window's tests cannot even be imported."""
    if WHY_NO_QT is not None and path == GUI_TESTS:
        skipped: pytest.Collector = _SkippedFolder.from_parent(parent, name=path.name)
        return skipped
    return None


class _SkippedFolder(pytest.Collector):
    """Stands for a folder of tests that cannot run here; not a Directory, whose conftest is loaded first."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        pytest.skip(str(WHY_NO_QT), allow_module_level=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked as needing Qt, with the reason, where it cannot be loaded; and what takes long
    unless it is asked for."""
    for item in items:
        if item.get_closest_marker("slow") and "slow" not in config.option.markexpr:
            item.add_marker(pytest.mark.skip(reason="takes minutes; run with -m slow"))
        if WHY_NO_QT is not None and item.get_closest_marker("gui"):
            item.add_marker(pytest.mark.skip(reason=WHY_NO_QT))


def pytest_collection() -> None:
    """Turn automatic collection off, because it runs in whichever thread creates an object.

    If another thread collects a Qt loop, Qt keeps its timers and calls into freed memory when one is due:
    perhaps many tests later, in a folder that has nothing to do with Qt (see gui/garbage.py). To find the
    tests also takes a tenth less time without it.
    """
    gc.disable()


def pytest_collection_finish() -> None:
    """Let no collection look at the tests again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _collected(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect the garbage of a test, its loop included, while a warning still points to this test.

    This fixture is the first to start and the last to end.
    """
    yield
    request.node.funcargs.clear()  # a session or a window that it was given refers to its loop
    assert not gc.isenabled(), "any thread would collect now"
    gc.collect(
        1
    )  # only objects created since the test began: a full collection takes a quarter of the suite's time


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, for its subprocesses too: nothing of the developer's is read or written."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    for variable, name in (
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("LOCALAPPDATA", "local"),
        ("APPDATA", "roaming"),
    ):
        monkeypatch.setenv(variable, str(folder / name))
    return folder


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clocks of Berlin: an hour forward on 29 March 2026 at 2:00, an hour back on 25 October at 3:00."""
    if not hasattr(time, "tzset"):
        pytest.skip("no zone can be chosen here")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")  # in words of POSIX: no list of zones is needed
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response after a second is no sign of a slow receiver: the machine can be busy."""
    from inspector.domain.receiver import readings

    monkeypatch.setattr(readings, "SLOW_MS", readings.TOO_SLOW_MS)


@pytest.fixture(autouse=True)
def _no_unexpected_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning or an error in the log fails its test, unless that looked at it and cleared `caplog`."""
    yield
    records = [
        record
        for phase in ("setup", "call", "teardown")
        for record in caplog.get_records(phase)  # type: ignore[arg-type]
        if record.levelno >= logging.WARNING
    ]
    unexpected = [f"{record.name}: {record.getMessage()}" for record in records]
    assert not unexpected, "nobody expected these log lines"
