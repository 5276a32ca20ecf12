"""A verb of the command line, one call of it, and its interruption by Ctrl+C or SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

from inspector import __version__
from inspector.cli import arguments
from inspector.cli.arguments import tls_settings
from inspector.cli.early import INTERRUPTED
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, Parser

if TYPE_CHECKING:
    from inspector.session.options import Options
    from inspector.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a verb: its arguments and its output."""

    arguments: Namespace
    out: Output
    interruption: Interruption
    verbs: Sequence[Verb] = ()
    """The table of verbs, for a verb that is about others."""

    def options(self) -> Options:
        """Return the options of the session."""
        return session_options(self.arguments)

    @asynccontextmanager
    async def session(
        self, *, create: bool, listens: bool = False, uses_saved_secrets: bool = False
    ) -> AsyncIterator[Session]:
        """Open the session on the file of the command line, and close it at the end.

        With `uses_saved_secrets`, the active secrets of the file are read from the keyring.
        """
        from inspector.session.session import Session  # its import takes 0.2 s

        session = Session(replace(self.options(), use_saved_secrets=uses_saved_secrets))
        try:
            await session.open(create=create, listens=listens, settles=not listens)
            if uses_saved_secrets:
                await session.secrets.load_keyring(session.options)
            for sentence in (*session.preferences.warnings, *session.notices):
                self.out.say(sentence)
            yield session
        finally:
            await session.close()


Group = Literal["receive", "look", "check", "send", "manage", "help"]
GROUPS: Mapping[Group, str] = {
    "receive": "receive webhooks",
    "look": "look at captures and surveys",
    "check": "check signatures and receivers",
    "send": "send captures and samples",
    "manage": "manage captures, files and settings",
    "help": "get help",
}
"""Titles of the groups of verbs on the help page, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """An entry of the table in `main.py`."""

    name: str
    group: Group = "manage"
    """The part of the overview that lists it."""
    help: str
    """A few words for the overview."""
    description: str
    """Sentences for `VERB --help`. An empty line separates paragraphs."""
    examples: tuple[str, ...]
    """Command lines for `VERB --help`, at most 76 characters each. A test parses them."""
    add_arguments: Callable[[Parser], None]
    """Adds the verb's own arguments. The common options follow them."""
    run: Callable[[Call], Coroutine[Any, Any, int]]
    """Returns the exit status."""
    uses_secrets: bool = True
    """Whether it checks or signs. If not, its help page omits the secret options."""
    formats: tuple[str, ...] = ("text", "json")
    """The values of `--format`."""
    is_endless: bool = False
    """Whether it continues if standard output cannot be written. Ctrl+C is then its normal end."""

    def parser(self) -> Parser:
        """Return a parser of this verb's arguments."""
        parser = Parser(self.name, description=self.description, examples=self.examples)
        self.add_arguments(parser)
        arguments.add_common(parser, uses_secrets=self.uses_secrets, formats=self.formats)
        return parser


def program_parser(verbs: Sequence[Verb]) -> Parser:
    """Return the parser of a command line without a verb. Its help page is the overview."""
    parser = Parser(
        description="Show each Blitzllama webhook as it arrives, check its signature, and replay it.\n\n"
        "Without a command, open the window. If there is no display, listen in the terminal."
        f" `{PROGRAM} COMMAND --help` explains a command. The common options and --format may also"
        " come before the command.",
        examples=(
            PROGRAM,
            f"{PROGRAM} listen --port 9000",
            f"{PROGRAM} list --filter 'verdict:invalid since:2h'",
            f"{PROGRAM} replay --to http://localhost:3000/hook",
        ),
        has_tables_first=True,
    )
    for group, title in GROUPS.items():
        rows = [(verb.name, verb.help) for verb in verbs if verb.group == group]
        if rows:
            parser.tables.append((title, rows))
    parser.add_argument(
        "--version", action="version", version=f"{PROGRAM} {__version__}", help="print the version"
    )
    arguments.add_address(parser)
    arguments.add_allowed_hosts(parser)
    arguments.add_common(parser, formats=())
    return parser


def session_options(arguments: Namespace, *, is_window: bool = False) -> Options:
    """Return the session's options. Options that a verb does not have get their defaults."""
    from inspector.session.options import Options

    given = vars(arguments)
    return Options(
        database=given.get("database"),
        settings=(*(given.get("set") or ()), *tls_settings(given)),
        secret_env=tuple(given.get("secret_env") or ()),
        secret_files=tuple(given.get("secret_file") or ()),
        secret_keyring=tuple(given.get("secret_keyring") or ()),
        host=given.get("host"),
        port=given.get("port"),
        allow_hosts=tuple(given.get("allow_host") or ()),
        use_saved_secrets=is_window,
        falls_back_to_saved=not is_window,
        name=PROGRAM if is_window else f"{PROGRAM} listen",  # no other verb can be the listener
    )


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Ctrl+C, SIGTERM and SIGHUP.

    The first signal asks the command to stop, the second ends the process at once.

    Uses `signal.signal`, because the loop's own handlers do not exist on Windows.
    """

    def __init__(self, status: int = INTERRUPTED) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ask: Callable[[], object] | None = None
        self._gently: Callable[[], object] | None = None
        self._has_come = False
        self.restore_terminal: Callable[[], None] | None = None
        """Called before the process ends at once."""
        self.status = status
        """The exit status of an interrupted process."""

    def install(self) -> None:
        """Handle both signals, and a closed terminal like them. Call this in the main thread."""
        for number in _SIGNALS:
            signal.signal(number, self._arrived)
        hang_up = getattr(signal, "SIGHUP", None)
        if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as nohup sets it
            signal.signal(hang_up, self._arrived)
        if hasattr(signal, "SIGQUIT"):
            signal.signal(signal.SIGQUIT, self._quit)

    @contextmanager
    def asking(self, ask: Callable[[], object]) -> Iterator[None]:
        """Within this context, the first signal calls `ask` on the running loop."""
        self._loop, self._ask = asyncio.get_running_loop(), ask
        try:
            yield
        finally:
            self._loop = self._ask = None

    @contextmanager
    def stopping_gently(self) -> Iterator[asyncio.Event]:
        """Within this context, the first signal sets the event and cancels nothing."""
        stop = asyncio.Event()
        self._gently = stop.set
        try:
            yield stop
        finally:
            self._gently = None

    @contextmanager
    def left_to_child(self) -> Iterator[None]:
        """Within this context, Ctrl+C only reaches a child process on the same terminal, such as a pager."""
        previous = signal.signal(signal.SIGINT, lambda *_: None)  # SIG_IGN would be inherited
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self._has_come or self._loop is None:  # outside `asking` there is nothing to close
            if self.restore_terminal is not None:
                self.restore_terminal()
            os._exit(self.status)
        self._has_come = True
        self._loop.call_soon_threadsafe(self._pass_on)

    def _quit(self, number: int, frame: FrameType | None) -> None:
        """End at once, as Ctrl+\\ always does, but with the terminal restored."""
        if self.restore_terminal is not None:
            self.restore_terminal()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _pass_on(self) -> None:
        ask = self._gently or self._ask
        if ask is not None:
            ask()
