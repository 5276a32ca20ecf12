"""Rows that arrived a moment ago."""

from __future__ import annotations

from itertools import count

import pytest
from PySide6.QtCore import QObject

from inspector.gui.captures import fresh
from tests.waiting import until


async def test_a_row_fades_while_others_keep_arriving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "_FRESH_S", 0.2)
    parent = QObject()
    rows, arriving = fresh.FreshRows(parent), count(1)

    def is_first_faded() -> bool:
        rows.add([next(arriving)])  # more often than it is looked what has faded
        return 1 not in rows

    await until(is_first_faded)
    parent.deleteLater()
