"""What a verb of the command line is, and one use of it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.cli import arguments
from inspector.cli.interruption import Interruption
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, Parser

if TYPE_CHECKING:
    from inspector.session.options import Options
    from inspector.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of a verb: what was asked for, and where to print."""

    arguments: Namespace
    out: Output
    interruption: Interruption

    def options(self) -> Options:
        """What the session has to know of the command line."""
        return session_options(self.arguments)

    @asynccontextmanager
    async def session(self, *, create: bool, listens: bool = False) -> AsyncIterator[Session]:
        """The session on the file that the command line names; closed at the end, whatever happens."""
        from inspector.session.session import Session  # the server and its libraries: 0.2 s

        session = Session(self.options())
        try:
            await session.open(create=create, listens=listens)
            for sentence in (*session.preferences.warnings, *session.notices):
                self.out.say(sentence)
            yield session
        finally:
            await session.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """An entry of the table in `verbs.py`."""

    name: str
    help: str
    """A few words for the overview."""
    description: str
    """Sentences for `VERB --help`; an empty line separates paragraphs."""
    examples: tuple[str, ...]
    """Command lines for `VERB --help`, at most 76 characters each; a test parses them."""
    add_arguments: Callable[[Parser], None]
    """Adds the verb's own arguments; the common options follow them."""
    run: Callable[[Call], Coroutine[Any, Any, int]]
    """Returns the exit status."""
    uses_secrets: bool = True
    """It checks or signs; otherwise its help page leaves the secret options out."""
    is_endless: bool = False
    """It continues if standard output cannot be written, and Ctrl+C is its normal end."""

    def parser(self) -> Parser:
        """Return a parser of this verb's arguments."""
        parser = Parser(self.name, description=self.description, examples=self.examples)
        self.add_arguments(parser)
        arguments.add_common(parser, uses_secrets=self.uses_secrets)
        return parser


def session_options(arguments: Namespace, *, is_window: bool = False) -> Options:
    """The session's options; what a verb does not take is as if it were not given."""
    from inspector.session.options import Options

    given = vars(arguments)
    return Options(
        database=given.get("database"),
        settings=tuple(given.get("set") or ()),
        secret_env=tuple(given.get("secret_env") or ()),
        secret_files=tuple(given.get("secret_file") or ()),
        secret_keyring=tuple(given.get("secret_keyring") or ()),
        host=given.get("host"),
        port=given.get("port"),
        allow_hosts=tuple(given.get("allow_host") or ()),
        use_saved_secrets=is_window,
        name=PROGRAM if is_window else f"{PROGRAM} listen",  # no other verb takes the listener's place
    )
