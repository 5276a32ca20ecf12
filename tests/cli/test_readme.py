"""The README is the only handbook: what it says of verbs, settings and commands has to be so."""

from __future__ import annotations

import re
from pathlib import Path

from inspector.cli.arguments import Parser
from inspector.cli.verbs import VERBS
from inspector.settings.table import SETTINGS

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_each_setting_stands_in_the_readme_with_its_default_and_help() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", README, re.MULTILINE)
    shown = {name: (default.replace(",", ""), text) for name, default, text in rows}
    for setting in SETTINGS:
        default = setting.default if isinstance(setting.default, str) else f"{setting.default:.15g}"
        assert shown.get(setting.name) == (default, setting.help)


def test_each_verb_stands_in_the_readme() -> None:
    for verb in VERBS:
        assert re.search(rf"^\| `{verb.name}\b", README, re.MULTILINE), verb.name


def test_every_verb_takes_the_common_options() -> None:
    for verb in VERBS:
        parser = Parser(verb.name, description="")
        verb.add_arguments(parser)
        for option in ("database", "set", "format", "secret-env", "secret-file", "secret-keyring"):
            assert f"--{option}" in parser.format_help(), (verb.name, option)


def test_the_two_commands_are_one_line_each() -> None:
    lines = README.splitlines()
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/webhook-inspector" in lines
    assert sum(line.startswith("python3 -m venv") and line.endswith("pytest") for line in lines) == 1
