"""The window never shows a command line: its sentences name what can be clicked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.base.errors import UsageError
from inspector.base.next_step import speak_for_window
from inspector.capture.address import network_warning
from inspector.settings.keyring import no_keyring
from inspector.settings.settings import Settings


@pytest.fixture
def _in_window() -> Iterator[None]:
    speak_for_window()
    yield
    speak_for_window(False)


def sentences(tmp_path: Path) -> list[str]:
    """Sentences that either front end shows."""
    file = tmp_path / "settings.json"
    file.write_text('{"port": "http"}')
    with pytest.raises(UsageError) as refused:
        Settings((), file)
    warning = network_warning("http://192.0.2.1:8787/")
    assert warning is not None
    return [no_keyring(), warning, str(refused.value)]


def test_the_terminal_names_commands(tmp_path: Path) -> None:
    keyring, network, settings = sentences(tmp_path)
    assert "BLITZ_WEBHOOK_SECRET" in keyring
    assert "--host 127.0.0.1" in network
    assert "`webhook-inspector settings reset port`" in settings


@pytest.mark.usefixtures("_in_window")
def test_the_window_does_not(tmp_path: Path) -> None:
    for sentence in sentences(tmp_path):
        assert not {"--", "`", "BLITZ_WEBHOOK_SECRET"} & set(sentence.split())
        assert not any(mark in sentence for mark in ("--", "`", "environment variable"))
        assert sentence.endswith(".")
