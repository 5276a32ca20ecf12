"""The man page has every command and option, and the wheel has the page."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from inspector.cli.main import VERBS
from inspector.cli.manual import man_page

ROOT = Path(__file__).parent.parent.parent


def _printed(tmp_path: Path, page: str) -> str:
    """The page as `man` prints it; it must not complain."""
    if shutil.which("man") is None:
        pytest.skip("man is missing")
    file = tmp_path / "webhook-inspector.1"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        ["man", "--warnings", "-l", str(file)],
        env={"LC_ALL": "C.UTF-8", "MANWIDTH": "80", "PATH": "/usr/bin:/bin", "MAN_KEEP_FORMATTING": ""},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return re.sub(".\x08", "", done.stdout.decode())


def test_the_page_has_every_command_with_its_options_and_examples(tmp_path: Path) -> None:
    page = man_page(VERBS)
    shown = _printed(tmp_path, page)
    for title in ("NAME", "SYNOPSIS", "COMMON OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"):
        assert f"\n{title}\n" in shown
    for verb in VERBS:
        start = shown.index(f"\n   {verb.name}\n")
        part = shown[start : shown.find("\n   ", shown.index("Examples:", start))]
        for name in verb.parser().option_names:
            assert name in part or name in shown[shown.index("\nCOMMON OPTIONS\n") :], (verb.name, name)
        for example in verb.examples:
            assert f"           {example}\n" in shown
    assert page.count("\\-\\-secret\\-keyring LABEL") == 1
    assert str(Path.home()) not in page
    assert max(map(len, shown.splitlines())) <= 87, "an example may be longer than the text"


def test_text_cannot_become_a_request_of_roff(tmp_path: Path) -> None:
    from inspector.cli.manual import _text

    assert _text(".so /etc/passwd") == "\\&.so /etc/passwd"
    page = "\n".join((".TH X 1", ".SH NAME", _text("'x"), ".br", _text("a\\b 'c'"), ""))
    assert "a\\b 'c'" in _printed(tmp_path, page)


def test_the_wheel_has_the_page(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(tmp_path),
            ".",
        ],
        cwd=ROOT,
        check=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        [name] = [
            name for name in files.namelist() if name.endswith("/data/share/man/man1/webhook-inspector.1")
        ]
        assert files.read(name).decode() == man_page(VERBS)
