"""The README is the only handbook: what it says of verbs, settings and commands has to be so."""

from __future__ import annotations

import re
from pathlib import Path

from inspector.cli.verbs import VERBS
from inspector.domain.diagnosis.registry import FIXES
from inspector.domain.finding import SIGNATURE_CODES
from inspector.domain.observation import (
    body_rewritten,
    header_of_another_capture,
    not_canonical,
    observe_body,
    observe_header,
)
from inspector.domain.query import FIELDS
from inspector.domain.verifier import VERIFIERS
from inspector.settings.table import SETTINGS

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_each_setting_stands_in_the_readme_with_its_default_and_help() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", README, re.MULTILINE)
    shown = {name: (default, text) for name, default, text in rows}
    for setting in SETTINGS:
        is_number = type(setting.default) in (int, float)
        default = f"{setting.default:.15g}" if is_number else setting.written(setting.default)
        told, text = shown[setting.name]
        assert (told.replace(",", ""), text) == (default, setting.help)


def test_each_verb_stands_in_the_readme() -> None:
    for verb in VERBS:
        assert re.search(rf"^\| `{verb.name}\b", README, re.MULTILINE), verb.name


def test_every_verb_takes_the_common_options() -> None:
    for verb in VERBS:
        parser = verb.parser()
        for option in ("database", "set", "format", "secret-env", "secret-file", "secret-keyring"):
            assert parser.has_option(f"--{option}"), (verb.name, option)


def _findings() -> dict[str, tuple[str, str]]:
    """The table of findings: proof and fix of each code."""
    section = README.split("## What it can tell you")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert len(rows) == len({code for code, *_ in rows})
    return {code: (proof, fix) for code, _, proof, fix in rows}


def test_each_finding_on_a_signature_stands_in_the_readme_and_no_other() -> None:
    assert sorted(_findings()) == sorted(SIGNATURE_CODES)


def test_the_readme_says_of_each_finding_what_the_program_says_to_do() -> None:
    seen = (
        *observe_header(b""),
        *observe_header(b"x"),
        *observe_body(b'{"a":', is_json=False),
        *observe_body(b"[" * 4000 + b"]" * 4000, is_json=True),
    )
    proved = (body_rewritten(b"{ }", b"{}"), not_canonical(b"{ }", b"{}"), header_of_another_capture(1))
    fixes = {**FIXES, **{finding.code: finding.fix for finding in (*seen, *proved)}}
    table = _findings()
    assert {code: table[code][1] for code in fixes} == fixes
    assert set(table) - set(fixes) == {"unexplained"}
    for code, (proof, _) in table.items():
        is_observation = code in {finding.code for finding in seen}
        assert (proof == "seen, not proved") == is_observation, code


def test_each_verifier_and_filter_field_stands_in_the_readme() -> None:
    for verifier in VERIFIERS.values():
        for word in verifier.label.split(", "):
            assert word in README, verifier.key
    for name in FIELDS:
        assert f"`{name}:`" in README


def test_the_two_commands_are_one_line_each() -> None:
    lines = README.splitlines()
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/webhook-inspector" in lines
    assert sum(line.startswith("python3 -m venv") and line.endswith("pytest") for line in lines) == 1
