"""The check names the fault of each receiver of the corpus, and no fault that a receiver lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.receivers.checked import checked
from tests.receivers.servers import IN_PARTS, SERVERS
from tests.verifiers.launch import Missing


@pytest.mark.parametrize("server", IN_PARTS)
async def test_each_fault_is_named_and_no_other(server: str, tmp_path: Path, kept: Path) -> None:
    try:
        found = await checked(server, tmp_path, kept)
    except Missing as missing:
        pytest.skip(f"the receivers for {SERVERS[server].label} were not run: {missing}")
    assert {one.name: one.problems for one in found if one.problems} == {}
