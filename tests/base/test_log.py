"""The log file, in which one kind of error does not bury the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.base import log


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(log, "data_folder", lambda: tmp_path)
    root = logging.getLogger()
    before = list(root.handlers)
    log.log_to_file()
    yield tmp_path / "webhook-inspector.log"
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()
    logging.captureWarnings(False)


def test_one_kind_of_trouble_does_not_bury_the_others(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("inspector.test")
    for number in range(100):
        logger.error("cannot do it for %d", number)
    logger.error("another kind")
    caplog.clear()
    lines = file.read_text().splitlines()
    assert len(lines) == 12
    assert lines[9].endswith("ERROR inspector.test: cannot do it for 9")
    assert lines[10].endswith("more of these follow, not logged for 60 seconds")
    assert lines[11].endswith("another kind")
