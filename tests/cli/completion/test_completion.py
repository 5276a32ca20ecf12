"""Completion in the shells themselves: what a Tab inserts, and that no value ever becomes a command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.cli.completion.place import place_after
from inspector.cli.completion.shells import SCRIPTS, bash_lines, read_line
from inspector.cli.completion.values import Completions, CompletionWord
from inspector.cli.main import VERBS
from inspector.settings.table import SETTINGS
from tests.builders import ANSWER, signature
from tests.cli.completion.shells import shell, words
from tests.cli.conftest import Keep
from tests.e2e.program import finish

if sys.platform == "win32":
    pytest.skip("pseudo-terminals need Unix", allow_module_level=True)

BREAKS = " \t\n\"'@><=;|&(:"
HOSTILE = ("a1$(touch pwned)", "a2; touch pwned", "a3' `touch pwned` '", 'a4" && touch pwned !! * \\')
_SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is missing"))
    for name in SCRIPTS
]


def _of_survey(survey_id: str, name: str = "") -> tuple[bytes, bytes]:
    event = json.loads(ANSWER) | {"survey_id": survey_id, "survey_name": name}
    body = json.dumps(event).encode()
    return body, signature(body)


@pytest.mark.parametrize("name", _SHELLS)
async def test_a_tab_inserts_what_fits_and_never_a_command(keep: Keep, tmp_path: Path, name: str) -> None:
    database = await keep(*(_of_survey(one) for one in HOSTILE))
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "captures.db").symlink_to(database)
    with shell(name, folder) as bash:
        run = bash.run
        assert run("webhook-inspector lis\t --lim\t3") == ["list", "--limit", "3"]
        assert run("webhook-inspector maint\tche\t--databa\tcaptures.d\t")[:4] == [
            *("maintain", "check", "--database", "captures.db"),
        ]
        assert run("webhook-inspector settings ge\tbody_b\t") == ["settings", "get", "body_bytes"]
        assert run("webhook-inspector list --filter verd\tinv\t") == ["list", "--filter", "verdict:invalid"]
        assert run("webhook-inspector list --filter 'is:pinned verd\tinv\tx") == [
            *("list", "--filter", "is:pinned verdict:invalid", "x")
        ]
        assert run("webhook-inspector list --filter '@Inv\tx") == [
            *("list", "--filter", "@Invalid today", "x")
        ]
        for value in HOSTILE:
            typed = value[:2]
            given_ = run(f"webhook-inspector --database captures.db stats {typed}\t")
            assert given_ == ["--database", "captures.db", "stats", value]
        given_ = run("webhook-inspector --database captures.db list --filter 'survey:\"a2\tx")
        assert given_[-2:] == ['survey:"a2; touch pwned"', "x"]
        if name == "bash":
            given_ = run('webhook-inspector --database captures.db list --filter "survey:\\"a1\t"')
            assert given_[-1].rstrip() == 'survey:"a1$(touch pwned)"', "it leaves the mark open"
    assert not (folder / "pwned").exists()


async def test_values_come_from_the_file_of_the_line_and_from_the_tables(keep: Keep, tmp_path: Path) -> None:
    database = await keep(_of_survey("s-spring", "Spring"), _of_survey("s-autumn\x1b[31m"))
    assert await words(f"list --database {database} ") == ["2", "1"]
    assert await words(f"--database={database} show 1") == ["1"]
    assert await words(f"stats --database {database} s-") == ["s-spring"], "an escape sequence is not offered"
    assert (await words(f"list --database {tmp_path}/none "))[0] == "--filter", "options, as there are no ids"
    assert await words("filters alert ") == ["Invalid today", "Detractors"]
    assert await words("list --filter @") == ["@Invalid today", "@Detractors"]
    finish("targets", "add", "staging", "http://127.0.0.1:9/", "--database", database)
    assert await words(f"targets remove --database {database} ") == ["staging"]
    assert await words(f"replay --database {database} --to st") == ["staging"]
    assert await words(f"plans --database {database} show ") == ["last"]
    finish("forward", "add", "3000", "--database", database)
    assert await words(f"forward --database {database} pause ") == ["1"]
    finish("answers", "add", "503 first 3", "--database", database)
    assert await words(f"answers --database {database} off ") == ["1"]
    assert await words(f"answers --database {database} move 1 ") == ["up", "down"]
    assert await words("answers add 5") == ["503", "500"]
    assert await words("answers learn w") == ["wait"]
    assert await words("answers add w") == []
    assert await words("answers add 503 for surv") == ["survey:"]
    assert await words("answers add 503 for survey:nps fi") == ["first", "finding:"]
    assert await words("listen --answer 50") == ["503", "500"]
    assert await words("re") == ["replay", "report", "respondents"]
    assert await words("--set body_b") == ["body_bytes="]
    assert await words("--set=body_b") == ["--set=body_bytes="]
    assert await words("list --format ") == ["text", "json"]
    assert (await words("listen --tunnel "))[:2] == ["cloudflared", "localhost.run"]
    assert (
        await words("listen --tunnel --publ") == await words("listen --tunnel ssh --publ") == ["--public-url"]
    )
    assert await words("list --color=a") == ["--color=auto", "--color=always"]
    assert await words("verifier fl") == ["flask"]
    assert await words("help secret-wh") == ["secret-whitespace"]
    assert await words("replay --fault tw") == ["twice:"]
    assert await words("sample --languages en,h") == ["en,hi"]
    assert await words("sample --types nps_feedback,n") == []
    assert await words("sample --types n") == ["nps_feedback"]
    assert await words("check --require signature,i") == ["signature,idempotency"]
    assert await words("settings set ") == [one.name for one in SETTINGS]
    assert await words("list --limit 3 --li") == [], "it is not repeatable"
    assert await words("list --allow-host x --al") == [], "it is not an option of list"
    assert await words("xyzzy ") == await words("list --xyzzy ") == []


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_option_of_every_verb_is_offered(verb: object) -> None:
    place = place_after([verb.name], VERBS)  # type: ignore[attr-defined]
    assert place is not None
    assert {"--database", "--help", "--color"} <= set(place.parser.option_names)


def test_a_line_is_read_as_bash_reads_it() -> None:
    line = read_line(r"""x a\ b 'c d'"e" --set=po""", breaks=BREAKS)
    assert (line.words, line.typed, line.quote, line.kept) == (["x", "a b", "c de"], "--set=po", "", 6)
    line = read_line("""x --filter 'is:pinned su""", breaks=BREAKS)
    assert (line.words, line.typed, line.quote, line.kept) == (["x", "--filter"], "is:pinned su", "'", 0)
    line = read_line('x "a$b\\"c ', breaks=BREAKS)
    assert (line.typed, line.quote) == ('a$b"c ', '"')
    assert read_line("x '' ").words == ["x", ""]


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1), min_size=1, max_size=20))
def test_bash_takes_every_word_literally(values: list[str]) -> None:
    found = Completions([CompletionWord(value) for value in values])
    lines = {
        mark: list(bash_lines(found, read_line(f"x {mark}", breaks=BREAKS)))[1:] for mark in ("", "'", '"')
    }
    script = "".join(f"printf '%s\\0' {mark}{word}{mark}\n" for mark in lines for word in lines[mark])
    done = subprocess.run(["bash", "--norc"], input=script.encode(), capture_output=True, check=True)
    expected = [
        *values,
        *(value for value in values if "'" not in value),
        *(value for value in values if "!" not in value),
    ]
    assert done.stdout.decode().split("\0")[:-1] == expected


def test_the_scripts_evaluate_nothing() -> None:
    for name, script in SCRIPTS.items():
        assert not re.search(r"\beval\b", script), name
        assert finish("completion", name).stdout.decode() == script
    assert finish("completion").stderr == (
        b"Missing argument: bash, zsh or fish. See `webhook-inspector completion --help`.\n"
    )
    assert finish("completion", "ksh").stderr == b"Invalid SHELL 'ksh'. Did you mean 'zsh'?\n"
