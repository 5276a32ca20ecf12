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

from filelock import FileLock

from tests.ports import free_port

PORT = "{port}"
"""Stands in a command for the port, where the language's own server takes none from the environment."""

_NPM_PACKAGES = ("express", "fastify", "koa", "raw-body")
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
    kept.mkdir(exist_ok=True)
    with FileLock(kept / "lock"):
        # npm writes this file last, so that half an installation is not taken for a whole one.
        if not (kept / "node_modules" / ".package-lock.json").exists():
            error = made(
                [npm, "install", *packages, "--prefix", str(kept), *_NPM_OPTIONS],
                folder=kept,
                env={"npm_config_cache": str(kept / "npm")},
                seconds=60,
            )
            if error is not None:
                raise Missing(
                    f"npm install {' '.join(packages)} failed: " + "; ".join(error.splitlines()[:2])
                )
        # Node looks for a module beside the file that imports it.
        copy = kept / source.name
        if not copy.exists() or copy.read_bytes() != source.read_bytes():  # another test may run it
            shutil.copy(source, copy)
    return (node, str(copy))


def _node(source: Path, kept: Path, _folder: Path) -> Command:
    return in_node(source, kept.parent / "verifier-npm", *_NPM_PACKAGES)  # one installation for all of them


def _handler(kind: str) -> Prepare:
    """A handler in the server of serve_handler.mjs, which is given what the platform would give it."""

    def prepare(source: Path, _kept: Path, _folder: Path) -> Command:
        return (program("node"), str(Path(__file__).with_name("serve_handler.mjs")), kind, str(source))

    return prepare


def _next(source: Path, kept: Path, folder: Path) -> Command:
    if shutil.which("next") is None:  # 300 MB, so it is not installed for a test
        return _handler("next")(source, kept, folder)
    route = folder / "app" / "webhooks" / "blitz" / "route.js"
    route.parent.mkdir(parents=True)
    shutil.copy(source, route)
    layout = "export default function Layout({ children }) { return <html><body>{children}</body></html> }\n"
    (folder / "app" / "layout.js").write_text(layout)
    root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=True)
    (folder / "node_modules").symlink_to(root.stdout.strip())
    (folder / "package.json").write_text("{}")
    error = made(
        # Turbopack follows no link out of the project.
        [program("next"), "build", "--webpack"],
        folder=folder,
        env={"BLITZ_WEBHOOK_SECRET": "", "NEXT_TELEMETRY_DISABLED": "1"},
        seconds=150,
    )
    assert error is None, error
    return (program("next"), "start", str(folder), "-H", "127.0.0.1", "-p", PORT)


def _workers(source: Path, kept: Path, folder: Path) -> Command:
    if shutil.which("workerd") is None:
        return _handler("workers")(source, kept, folder)
    shutil.copy(source, folder)
    (folder / "worker.capnp").write_text(
        'using Workerd = import "/workerd/workerd.capnp";\n'
        "const config :Workerd.Config = (\n"
        '  services = [(name = "main", worker = .receiver)],\n'
        '  sockets = [(name = "http", service = "main")]);\n'
        "const receiver :Workerd.Worker = (\n"
        f'  modules = [(name = "main", esModule = embed "{source.name}")],\n'
        '  bindings = [(name = "BLITZ_WEBHOOK_SECRET", fromEnvironment = "BLITZ_WEBHOOK_SECRET")],\n'
        '  compatibilityDate = "2025-01-01");\n'
    )
    return (
        program("workerd"),
        "serve",
        str(folder / "worker.capnp"),
        f"--socket-addr=http=127.0.0.1:{PORT}",
    )


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


_PHP_LIBRARIES = Path("/usr/share/php")
"""Where Debian's packages are: composer's own registry is rarely reached from a test."""


def _php_library(name: str, package: str) -> Path:
    library = _PHP_LIBRARIES / name / "autoload.php"
    if not library.exists():
        raise Missing(f"{package} is not installed")
    return library


def _symfony(source: Path, _kept: Path, folder: Path) -> Command:
    php = program("php")
    library = _php_library("Symfony/Bundle/FrameworkBundle", "php-symfony-framework-bundle")
    (folder / "vendor").mkdir()
    # Debian's autoloader lacks Composer's own class, by which Symfony asks which of its parts are installed.
    (folder / "vendor" / "autoload.php").write_text(
        "<?php namespace Composer;\n"
        "class InstalledVersions { static function isInstalled(): bool { return false; } }\n"
        f"return require '{library}';\n"
    )
    (folder / "composer.json").write_text("{}")  # the kernel looks for the root of the project by it
    copy = folder / source.name
    shutil.copy(source, copy)
    return (php, "-S", f"127.0.0.1:{PORT}", str(copy))


def _laravel(source: Path, _kept: Path, folder: Path) -> Command:
    php = program("php")
    library = _php_library("Illuminate", "php-laravel-framework")
    shutil.copytree(Path(__file__).with_name("laravel"), folder, dirs_exist_ok=True)
    for written in (
        "bootstrap/cache",
        "storage/framework/views",
        "storage/framework/sessions",
        "storage/logs",
    ):
        (folder / written).mkdir(parents=True)
    (folder / "vendor").mkdir()
    (folder / "vendor" / "autoload.php").write_text(f"<?php return require '{library}';\n")
    shutil.copy(source, folder / "routes" / "blitz.php")
    return (php, "-S", f"127.0.0.1:{PORT}", str(folder / "public" / "index.php"))


def in_go(source: Path, kept: Path, folder: Path) -> Command:
    """Compile a file of Go and return the command for it."""
    executable = folder / "receiver.exe"
    error = made(
        [program("go"), "build", "-o", str(executable), str(source)],
        folder=folder,
        # What it imports is in Go itself: nothing is fetched, neither a module nor a newer Go.
        # Without cgo, which takes most of the time of the first build.
        env={
            "GOCACHE": str(kept / "cache"),
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "GO111MODULE": "on",
            "CGO_ENABLED": "0",
        },
        seconds=150,
    )
    assert error is None, error
    return (str(executable),)


def _gin(source: Path, kept: Path, folder: Path) -> Command:
    go = program("go")
    if not (_GO_LIBRARIES / "src" / "github.com" / "gin-gonic" / "gin").exists():
        raise Missing("golang-github-gin-gonic-gin-dev is not installed")
    executable = folder / "receiver.exe"
    error = made(
        [go, "build", "-o", str(executable), str(source)],
        folder=folder,
        env={"GOCACHE": str(kept / "cache"), "GOPATH": str(_GO_LIBRARIES), "GO111MODULE": "off"},
        seconds=150,
    )
    assert error is None, error
    return (str(executable),)


_GO_LIBRARIES = Path("/usr/share/gocode")
"""Where Debian's packages are, as a GOPATH."""


def _ruby(*gems: str) -> Prepare:
    def prepare(source: Path, _kept: Path, _folder: Path) -> Command:
        ruby = program("ruby")
        needs = "; ".join([*(f"gem '{gem}'" for gem in gems), "require 'rackup'", "Rackup::Handler.default"])
        if subprocess.run([ruby, "-e", needs], capture_output=True, check=False).returncode:
            raise Missing(f"the gems {', '.join(gems)} and rackup, and puma or webrick, are not installed")
        return (ruby, str(source))

    return prepare


_JAVA_LIBRARIES = Path("/usr/share/java")
"""Where Debian's packages are."""


def _spring(source: Path, _kept: Path, folder: Path) -> Command:
    java, javac = program("java"), program("javac")
    jars = [
        *(f"spring3-{part}.jar" for part in ("aop", "beans", "context", "core", "expression", "web")),
        *("spring3-web.servlet.jar", "commons-logging.jar", "tomcat9-catalina.jar", "tomcat9-coyote.jar"),
        *(f"tomcat9-{part}.jar" for part in ("util", "util-scan", "juli", "servlet-api", "annotations-api")),
        *(f"tomcat9-{part}.jar" for part in ("api", "jni", "jaspic-api", "el-api")),
    ]
    paths = [_JAVA_LIBRARIES / jar for jar in jars]
    if not all(path.exists() for path in paths):
        raise Missing("libspring-web-servlet-java and libtomcat9-java are not installed")
    classpath = os.pathsep.join(map(str, (folder, *paths)))
    stubs = Path(__file__).with_name("spring").glob("*.java")
    sources = map(str, (source, *stubs))
    error = made([javac, "-d", str(folder), "-cp", classpath, *sources], folder=folder, env={}, seconds=60)
    assert error is None, error
    return (java, "-cp", classpath, "Receiver")


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


SLOW = {"gin", "go", "rails", "spring"}
"""The verifiers that take a minute to compile, or seconds to start. They are not run if CI is set."""

PREPARE: dict[str, Prepare] = {
    "express": _node,
    "fastify": _node,
    "koa": _node,
    "next": _next,
    "workers": _workers,
    "lambda-node": _handler("lambda"),
    "aiohttp": in_python("aiohttp"),
    "flask": in_python("flask"),
    "fastapi": in_python("fastapi", "uvicorn"),
    "django": in_python("django"),
    "php": in_php,
    "laravel": _laravel,
    "symfony": _symfony,
    "go": in_go,
    "gin": _gin,
    "ruby": _ruby("rack"),
    "rails": _ruby("rails"),
    "sinatra": _ruby("sinatra"),
    "spring": _spring,
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
    port = free_port()
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


def _wait_until_it_listens(receiver: Receiver, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not receiver.has_ended:
        try:
            socket.create_connection(("127.0.0.1", receiver.port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"not listening after {seconds:g} s: {receiver.said()}"
            time.sleep(0.05)
