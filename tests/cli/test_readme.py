"""The README is short and complete, and no generated table of the documents is stale."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from inspector.cli.main import VERBS
from inspector.domain.signature.causes import CAUSES
from inspector.domain.signature.observation import observe_body, observe_header
from inspector.session.receiver.verifiers import VERIFIERS
from tests.handbook_tables import PAGES, ROOT, TABLES, with_fresh_tables

README = (ROOT / "README.md").read_text(encoding="utf-8")
_CODE = re.compile(r"```(?:sh|console)\n(.*?)```|`([^`\n]+)`", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_generated_tables_are_fresh(page: Path) -> None:
    text = page.read_text("utf-8")
    assert with_fresh_tables(text) == text, "run `python -m tests.handbook_tables`"


def test_each_generated_table_is_on_a_page() -> None:
    used = {name for page in PAGES for name in re.findall(r"generated: ([\w-]+) ", page.read_text("utf-8"))}
    assert used == set(TABLES)


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) < 150


def test_every_link_and_picture_of_the_readme_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []
    pictures = {f"resources/pictures/{one.name}" for one in (ROOT / "resources/pictures").iterdir()}
    assert pictures <= set(links), "a picture that no page shows"


def test_every_verb_takes_the_common_options() -> None:
    for verb in VERBS:
        parser = verb.parser()
        for option in ("database", "set", "format", "secret-env", "secret-file", "secret-keyring"):
            assert parser.has_option(f"--{option}"), (verb.name, option)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_line_of_a_page_can_be_parsed(page: Path) -> None:
    """Also those that `tests/e2e/test_documents.py` does not run: within sentences."""
    for block, inline in _CODE.findall(page.read_text("utf-8")):
        for line in (block or inline).replace("\\\n", "").splitlines():
            command = line.strip().removeprefix("$ ")
            if not re.match(r"(\w+=\S+ )?webhook-inspector ", command):
                continue
            words = shlex.split(re.split(r" > | \| | && ", command)[0])
            arguments = words[words.index("webhook-inspector") + 1 :]
            verb = next((verb for verb in VERBS if verb.name == arguments[0]), None)
            assert verb or arguments[0] in ("COMMAND", "--version", "--help"), command
            if verb is not None and "--help" not in arguments:
                verb.parser().parse(arguments[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_option_of_a_page_exists(page: Path) -> None:
    known = {name for verb in VERBS for name in verb.parser().option_names} | {"--help", "--version"}
    text = re.sub(
        r"^.*(cloudflared|pip install|pipx|python).*$|`(nats|systemctl) [^`]*`",
        "",
        page.read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*(?![\w-])", text)) - known == set()


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


def test_each_verifier_is_in_the_handbook() -> None:
    page = (ROOT / "resources/handbook/signatures.md").read_text("utf-8")
    for verifier in VERIFIERS.values():
        for word in verifier.label.split(", "):
            assert word in page, verifier.key


def test_the_two_commands_are_one_line_each() -> None:
    lines = README.splitlines()
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/webhook-inspector" in lines
    assert sum(line.startswith("python3 -m venv") and line.endswith("pytest") for line in lines) == 1
