"""`check` as a user starts it names the fault of a receiver, and its exit status is for CI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.program import finish
from tests.receivers.corpus import SECRET
from tests.receivers.servers import kept_folder, started
from tests.verifiers.launch import Receiver


def test_a_fault_is_named_on_the_command_line(tmp_path: Path, kept: Path) -> None:
    with started("flask", tmp_path, kept_folder(kept, "flask")) as receiver:
        assert _checked(receiver, "/correct", tmp_path) == (0, "correct", [])
        assert _checked(receiver, "/dumps-newline", tmp_path) == (
            1,
            "rejects-valid",
            [("secret-whitespace", True), ("body-reserialised", True)],
        )
    status, verdict, _ = _checked(receiver, "/correct", tmp_path)
    assert (status != 0, verdict) == (True, "unreachable")


def _checked(receiver: Receiver, route: str, folder: Path) -> tuple[int, str, list[tuple[str, bool]]]:
    """Check one receiver: the exit status, the verdict, and the causes."""
    to = ("--to", f"http://127.0.0.1:{receiver.port}{route}", "--format", "json")
    done = finish("check", *to, "--database", str(folder / "captures.db"), BLITZ_WEBHOOK_SECRET=SECRET)
    *tests, report = (json.loads(line) for line in done.stdout.splitlines())
    assert all("test" in test for test in tests)
    causes: list[dict[str, Any]] = report["causes"]
    assert all(cause["summary"] and cause["fix"] for cause in causes)
    return done.returncode, report["verdict"], [(cause["code"], cause["proved"]) for cause in causes]
