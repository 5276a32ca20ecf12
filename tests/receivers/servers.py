"""The processes of the corpus: one for each language or framework, with all of its receivers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.receivers.corpus import SECRET, STAGING
from tests.verifiers.launch import (
    Command,
    Missing,
    Prepare,
    Receiver,
    in_go,
    in_node,
    in_php,
    in_python,
    program,
    running,
)

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How the receivers of one file are started."""

    label: str
    framework: str
    """The label of the right guess at the framework."""
    file: str
    prepare: Prepare
    environment: Mapping[str, str] = field(default_factory=dict)


def _express(source: Path, kept: Path, _folder: Path) -> Command:
    # Both versions in one folder, so that one installation serves both.
    return in_node(source, kept, "express4@npm:express@4", "express5@npm:express@5")


def _ruby(source: Path, _kept: Path, _folder: Path) -> Command:
    ruby = program("ruby")
    needs = "require 'sinatra/base'; require 'puma'"
    if subprocess.run([ruby, "-e", needs], capture_output=True, check=False).returncode:
        raise Missing("the gems sinatra and puma are not installed")
    return (ruby, str(source))


SERVERS: Mapping[str, Server] = {
    "express4": Server(
        label="Express 4",
        framework="Express",
        file="receivers.mjs",
        prepare=_express,
        environment={"EXPRESS": "express4"},
    ),
    "express5": Server(
        label="Express 5",
        framework="Express",
        file="receivers.mjs",
        prepare=_express,
        environment={"EXPRESS": "express5"},
    ),
    "flask": Server(label="Flask", framework="Flask", file="receivers_flask.py", prepare=in_python("flask")),
    "fastapi": Server(
        label="FastAPI",
        framework="FastAPI",
        file="receivers_fastapi.py",
        prepare=in_python("fastapi", "uvicorn"),
    ),
    "aiohttp": Server(
        label="aiohttp", framework="aiohttp", file="receivers_aiohttp.py", prepare=in_python("aiohttp")
    ),
    "django": Server(
        label="Django", framework="Django", file="receivers_django.py", prepare=in_python("django")
    ),
    "php": Server(label="PHP", framework="PHP", file="receivers.php", prepare=in_php),
    "go": Server(label="Go", framework="Go net/http", file="receivers.go", prepare=in_go),
    "ruby": Server(label="Ruby", framework="Sinatra", file="receivers.rb", prepare=_ruby),
}


IN_PARTS = [
    name if name in ("express5", "flask") else pytest.param(name, marks=pytest.mark.slow) for name in SERVERS
]
"""One process of Node and one of Python by default, and every one with `-m "slow or not slow"`."""


@contextmanager
def started(name: str, folder: Path, kept: Path) -> Iterator[Receiver]:
    """Start the receivers of one file in `folder`, with the files of secrets that they read.

    Raises Missing if this machine cannot run them.
    """
    server = SERVERS[name]
    command = server.prepare(HERE / server.file, kept, folder)
    folder.joinpath("secret.txt").write_bytes(f"{SECRET}\n".encode())
    folder.joinpath(".env").write_text(f'WEBHOOK_SECRET="{SECRET}"\n', encoding="utf-8")
    environment = {"STAGING_SECRET": STAGING, **server.environment}
    with running(command, folder, secret=SECRET, environment=environment) as receiver:
        assert not receiver.has_ended, receiver.said()
        yield receiver


def kept_folder(root: Path, name: str) -> Path:
    """Return the folder of what a language's receivers install or compile; both versions of Express share
    one."""
    folder = root / f"receivers-{name.rstrip('45')}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
