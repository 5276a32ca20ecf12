"""The README is the only handbook: what it says of verbs, settings and commands has to be so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from inspector.cli.main import VERBS
from inspector.domain.query import FIELDS
from inspector.domain.signature.causes import CAUSES, table
from inspector.domain.signature.observation import observe_body, observe_header
from inspector.session.receiver_check import VERIFIERS
from inspector.settings.table import SETTINGS, written

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_each_setting_stands_in_the_readme_with_its_default_and_help() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", README, re.MULTILINE)
    shown = {name: (default, text) for name, default, text in rows}
    for setting in SETTINGS:
        is_number = type(setting.default) in (int, float)
        default = f"{setting.default:.15g}" if is_number else written(setting.default)
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


def _commands() -> list[list[str]]:
    """Every command of the README that runs the program, in words."""
    blocks = re.findall(r"^ *```(?:sh|console)\n(.*?)^ *```", README, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]*webhook-inspector(?: [^`\n]*)?)`", README)
    commands = [one.split(" | ")[0].split(" && ")[-1] for one in (*lines, *inline)]
    words = [shlex.split(one) for one in commands]
    return [one for one in words if any(word.endswith("/webhook-inspector") for word in one)]


def test_every_command_works_as_typed_after_the_install_line() -> None:
    commands = _commands()
    assert len(commands) > 9
    assert "`webhook-inspector" not in README, "the install line does not activate the environment"
    assert not re.findall(r"`(?:python|pip) ", README), "nor do these work without it"
    for words in commands:
        program = next(word for word in words if word.endswith("/webhook-inspector"))
        assert program == ".venv/bin/webhook-inspector", words
        arguments = words[words.index(program) + 1 :]
        if arguments:
            verb = next(verb for verb in VERBS if verb.name == arguments[0])
            verb.parser().parse(arguments[1:])


def test_the_readme_says_which_verbs_use_a_secret_and_which_take_a_range() -> None:
    using = re.search(r"^\| `--secret-env NAME` \| (.*?) \|", README, re.MULTILINE)
    assert using is not None
    assert set(re.findall(r"`(\w+)`", using[1])) == {verb.name for verb in VERBS if verb.uses_secrets}
    ranges = re.search(r"((?:`\w+`(?:, | and )?)+) also take ranges", README)
    assert ranges is not None
    taking = {verb.name for verb in VERBS if "17..20" in verb.parser().format_help()}
    assert set(re.findall(r"`(\w+)`", ranges[1])) == taking


def test_every_option_of_the_readme_exists() -> None:
    known = {name for verb in VERBS for name in verb.parser().option_names}
    section = README.split("## Command line")[1].split("### Filters")[0]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", section)) - known - {"--help"} == set()


def test_the_table_of_findings_is_that_of_the_causes() -> None:
    assert table() in README, "run `python -m tests.readme_tables`"


def test_what_is_only_seen_is_said_to_prove_nothing() -> None:
    seen = (
        *observe_header(b""),
        *observe_header(b"x"),
        *observe_body(b'{"a":', is_json=False),
        *observe_body(b"[" * 4000 + b"]" * 4000, is_json=True),
    )
    observed = {finding.code for finding in seen}
    assert observed == {cause.code for cause in CAUSES if cause.proof == "observed, not proved"}
    assert not any(finding.is_proved for finding in seen)


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
