"""The check names the fault of each receiver of the corpus, and no fault that a receiver lacks."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from tests.receivers.checked import checked
from tests.receivers.servers import SERVERS
from tests.verifiers.launch import Missing

pytestmark = pytest.mark.usefixtures("busy_machine")

FEW = {
    "express5": (
        "/correct",
        "/empty-object",
        "/secret-newline",
        "/hub",
        "/timestamp",
        "/after-json",
        "/leaks",
    ),
    "flask": ("/correct", "/dumps-newline", "/dumps-compact", "/dict-base64", "/validated-prefix", "/zip"),
}
"""One receiver of each kind, in a language of each kind."""


@pytest.mark.parametrize(
    ("server", "routes"),
    [
        *FEW.items(),
        *(pytest.param(server, None, marks=pytest.mark.slow, id=f"all-{server}") for server in SERVERS),
    ],
)
async def test_each_fault_is_named_and_no_other(
    server: str, routes: Collection[str] | None, tmp_path: Path, kept: Path
) -> None:
    try:
        found = await checked(server, tmp_path, kept, routes)
    except Missing as missing:
        pytest.skip(f"the receivers for {SERVERS[server].label} were not run: {missing}")
    assert len(found) > 1
    assert {one.name: one.problems for one in found if one.problems} == {}
