"""Adds the man page to the wheel. hatchling runs this at each build."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Writes webhook-inspector.1 from the parsers into the wheel's share/man/man1."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate the page before the files of the wheel are collected."""
        sys.path.insert(0, self.root)
        try:
            from inspector.cli.main import VERBS
            from inspector.cli.manual import man_page
        finally:
            sys.path.remove(self.root)
        self._folder = tempfile.TemporaryDirectory()
        page = Path(self._folder.name, "webhook-inspector.1")
        page.write_text(man_page(VERBS), encoding="utf-8")
        build_data["shared_data"][os.fspath(page)] = "share/man/man1/webhook-inspector.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the generated file."""
        self._folder.cleanup()
