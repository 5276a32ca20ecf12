"""How each verifier is made ready to run, as its first lines say, or what this machine lacks for it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

PORT = "{port}"
"""Stands in a command for the port, where the language's own server takes none from the environment."""

_NPM_OPTIONS = ("--no-save", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=10000")

Command = tuple[str, ...]
Prepare = Callable[[Path, Path, Path], Command]
"""From a verifier's file, a folder that is kept for the next run, and one for this run alone."""


class Missing(Exception):
    """This machine cannot run it; says what is missing."""


def program(name: str) -> str:
    """Return the path of a program, or raise Missing."""
    path = shutil.which(name)
    if path is None:
        raise Missing(f"{name} is not installed")
    return path


def made(command: list[str], *, folder: Path, env: dict[str, str], seconds: float) -> str | None:
    """Run a step of an installation; null where it worked, else what it said."""
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return f"not done after {seconds:g} s"
    return None if done.returncode == 0 else done.stderr + done.stdout


def in_node(source: Path, kept: Path, *packages: str) -> Command:
    """Return the command for a file of Node that imports these packages of npm, which are installed."""
    node, npm = program("node"), program("npm")
    # npm writes this file last, so that half an installation is not taken for a whole one.
    if not (kept / "node_modules" / ".package-lock.json").exists():
        error = made(
            [npm, "install", *packages, "--prefix", str(kept), *_NPM_OPTIONS],
            folder=kept,
            env={"npm_config_cache": str(kept / "npm")},
            seconds=30,
        )
        if error is not None:
            raise Missing(f"npm install {' '.join(packages)} failed: " + "; ".join(error.splitlines()[:2]))
    # Node looks for a module beside the file that imports it.
    copy = kept / source.name
    shutil.copy(source, copy)
    return (node, str(copy))


def _express(source: Path, kept: Path, _folder: Path) -> Command:
    return in_node(source, kept, "express")


def in_python(*modules: str) -> Prepare:
    """Return how a file of Python that imports these modules is made ready: they must be installed."""

    def prepare(source: Path, _kept: Path, _folder: Path) -> Command:
        for module in modules:
            if importlib.util.find_spec(module) is None:
                raise Missing(f"{module} is not installed next to {sys.executable}")
        return (sys.executable, str(source))

    return prepare


def in_php(source: Path, _kept: Path, _folder: Path) -> Command:
    """Return the command for a file that PHP's own server runs."""
    return (program("php"), "-S", f"127.0.0.1:{PORT}", str(source))


def in_go(source: Path, kept: Path, folder: Path) -> Command:
    """Compile a file of Go and return the command for it."""
    executable = folder / "receiver.exe"
    error = made(
        [program("go"), "build", "-o", str(executable), str(source)],
        folder=folder,
        # What it imports is in Go itself: nothing is fetched, neither a module nor a newer Go.
        env={"GOCACHE": str(kept / "cache"), "GOPROXY": "off", "GOTOOLCHAIN": "local", "GO111MODULE": "on"},
        seconds=150,
    )
    assert error is None, error
    return (str(executable),)


def _ruby(source: Path, _kept: Path, _folder: Path) -> Command:
    ruby = program("ruby")
    needs = "require 'rack'; require 'rackup'; Rackup::Handler.default"
    if subprocess.run([ruby, "-e", needs], capture_output=True, check=False).returncode:
        raise Missing("the gems rack and rackup, and puma or webrick, are not installed")
    return (ruby, str(source))


def _csharp(source: Path, _kept: Path, folder: Path) -> Command:
    dotnet = program("dotnet")
    version = subprocess.run([dotnet, "--version"], capture_output=True, text=True, check=False)
    if version.returncode:
        raise Missing("dotnet is there without its SDK")
    shutil.copy(source, folder / "Program.cs")
    # What `dotnet new web` writes, without its launch settings.
    (folder / "receiver.csproj").write_text(
        '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>'
        f"<TargetFramework>net{version.stdout.split('.')[0]}.0</TargetFramework>"
        "<Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings>"
        "</PropertyGroup></Project>"
    )
    error = made([dotnet, "build", "-o", "out"], folder=folder, env={}, seconds=150)
    assert error is None, error
    return (dotnet, str(folder / "out" / "receiver.dll"))


PREPARE: dict[str, Prepare] = {
    "express": _express,
    "aiohttp": in_python("aiohttp"),
    "flask": in_python("flask"),
    "fastapi": in_python("fastapi", "uvicorn"),
    "php": in_php,
    "go": in_go,
    "ruby": _ruby,
    "csharp": _csharp,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A verifier that runs, or has ended."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def said(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running(
    command: Command, folder: Path, *, secret: str, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Receiver]:
    """Start a verifier, wait until it listens or ends, and stop it afterwards."""
    port = _free_port()
    log = folder / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [part.replace(PORT, str(port)) for part in command],
            cwd=folder,
            env={**os.environ, "BLITZ_WEBHOOK_SECRET": secret, "PORT": str(port), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        receiver = Receiver(process=process, port=port, log=log)
        _wait_until_it_listens(receiver)
        yield receiver
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_listens(receiver: Receiver, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not receiver.has_ended:
        try:
            socket.create_connection(("127.0.0.1", receiver.port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"not listening after {seconds:g} s: {receiver.said()}"
            time.sleep(0.05)
