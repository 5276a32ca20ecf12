"""The command line, from its first argument to its exit status."""

from __future__ import annotations

import asyncio
import logging
from argparse import Namespace
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, overload

from inspector.base.errors import InspectorError, PortTaken, UsageError, did_you_mean
from inspector.base.log import log_file, log_to_file
from inspector.base.tasks import Tasks
from inspector.cli.arguments import as_typed
from inspector.cli.early import interrupted_status, verb_place
from inspector.cli.output.streams import Output, standard_output
from inspector.cli.parser import PROGRAM, UnknownOption, quoted
from inspector.cli.verb import Call, Interruption, Verb, program_parser, session_options

if TYPE_CHECKING:
    from inspector.session.options import Options


FAILED = 3
_SEE_HELP = f" See `{PROGRAM} --help`."

log = logging.getLogger(__name__)


class VerbTable(Sequence[Verb]):
    """The verbs, in the order of the overview. Each is imported when it is needed: all of them take 30 ms."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        """The module of the verb `name` below `inspector.cli.verbs` defines it as `NAME`."""
        self._modules = modules

    def named(self, name: str) -> Verb | None:
        """Return a verb, or None if there is none of this name."""
        module = self._modules.get(name)
        if module is None:
            return None
        verb = getattr(import_module(f"inspector.cli.verbs.{module}"), name.upper())
        assert isinstance(verb, Verb)
        return verb

    @overload
    def __getitem__(self, place: int) -> Verb: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Verb]: ...
    def __getitem__(self, place: int | slice) -> Verb | Sequence[Verb]:
        return tuple(self)[place]

    def __iter__(self) -> Iterator[Verb]:
        for name in self._modules:
            verb = self.named(name)
            assert verb is not None
            yield verb

    def __len__(self) -> int:
        return len(self._modules)


VERBS = VerbTable(
    {
        "listen": "listen",
        "verify": "check.verify",
        "list": "look.list_",
        "show": "look.show",
        "replay": "send.replay",
        "sample": "send.sample",
        "check": "check.check",
        "export": "manage.export",
        "import": "manage.import_",
        "report": "look.report",
        "follow": "look.follow",
        "surveys": "look.surveys",
        "respondents": "look.respondents",
        "stats": "look.stats",
        "compare": "look.compare",
        "strays": "look.strays",
        "pin": "manage.pin",
        "note": "manage.note",
        "prune": "manage.prune",
        "maintain": "manage.maintain",
        "doctor": "manage.doctor",
        "settings": "manage.settings",
        "filters": "manage.filters",
        "secrets": "manage.secrets",
        "address": "manage.address",
        "targets": "manage.targets",
        "verifier": "check.verifier",
        "plans": "send.plans",
        "forward": "send.forward",
        "answers": "manage.answers",
        "inbox": "manage.inbox",
        "help": "help",
        "completion": "completion",
    }
)


class WindowLauncher(Protocol):
    """The window; the terminal only knows how to open it."""

    def why_not(self) -> str | None:
        """Return why a window cannot open, as a sentence, or None."""

    def run(self, options: Options) -> int:
        """Open the window, and return the exit status when it is closed."""


def run(argv: Sequence[str], window: WindowLauncher) -> int:
    """Run a command line, print its results, and return the exit status."""
    log_to_file()
    out = standard_output(is_json=False)
    interruption = Interruption(interrupted_status(list(argv)))
    interruption.install()
    verb: Verb | None = None
    try:
        verb, parsed = _parse(argv)
        out = standard_output(
            is_json=getattr(parsed, "format", "text") == "json", color=parsed.color, is_quiet=parsed.quiet
        )
        if verb is None:
            why_not = window.why_not()
            if why_not is None:
                return window.run(session_options(parsed, is_window=True))
            out.say(why_not)
            verb, unset = _parse(["listen"])
            parsed = Namespace(**{**vars(unset), **vars(parsed)})
        assert verb is not None
        status = _run_to_end(_run_verb(verb, parsed, out, interruption))
        if out.trouble is not None and not verb.is_endless:
            out.error(out.trouble)
            return FAILED
        return status
    except InspectorError as error:
        port = error.free_port if isinstance(error, PortTaken) else None
        out.error(str(error) if port is None else f"{error} Use --port {port}.")
        return error.exit_status
    except KeyboardInterrupt:
        return interruption.status
    except Exception as error:
        log.exception("cannot run %s", verb.name if verb else PROGRAM)
        out.error(f"Internal error: {type(error).__name__}. See {as_typed(log_file())} for details.")
        return FAILED


def _run_to_end(work: Coroutine[Any, Any, int]) -> int:
    """Run as `asyncio.run` does, but without waiting for the threads of the executor.

    A thread that looks up a name on a server that does not respond takes half a minute.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(_end_tasks())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _end_tasks() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _run_verb(verb: Verb, parsed: Namespace, out: Output, interruption: Interruption) -> int:
    call = Call(arguments=parsed, out=out, interruption=interruption, verbs=VERBS)
    task = Tasks().spawn(verb.run(call), f"run {verb.name}", is_awaited=True)
    with interruption.asking(task.cancel):
        try:
            return await task
        except asyncio.CancelledError:
            return interruption.status


def _parse(argv: Sequence[str]) -> tuple[Verb | None, Namespace]:
    """Return the verb (None for the window) and its arguments. Raises UsageError."""
    place = verb_place(argv)
    if place is None or "--version" in argv[:place]:
        return None, _window_arguments(argv if place is None else argv[:place])
    name, before = argv[place], argv[:place]
    verb = VERBS.named(name)
    if verb is None:
        guess = did_you_mean(name, (verb.name for verb in VERBS))
        raise UsageError(f"Unknown command {quoted(name)}.{guess or _SEE_HELP}")
    try:
        return verb, verb.parser().parse([*before, *argv[place + 1 :]])
    except UnknownOption as error:
        owners = [verb.name for verb in VERBS if verb.parser().has_option(error.name)]
        if not owners:
            raise
        commands = "This command takes" if len(owners) == 1 else "These commands take"
        raise UsageError(
            f"{error.name} is not an option of {name}. {commands} it: {', '.join(owners)}."
        ) from None


def _window_arguments(argv: Sequence[str]) -> Namespace:
    parser = program_parser(VERBS)
    options = [word.partition("=")[0] for word in argv if word.startswith("-")]
    if strange := next((name for name in options if not parser.has_option(name)), None):
        owners = [verb.name for verb in VERBS if verb.parser().has_option(strange)]
        if owners:
            owner = next((name for name in owners if name in argv), owners[0])
            raise UsageError(
                f"{strange} is an option of a command. Put it after the command:"
                f" {PROGRAM} {owner} {strange} …"
            )
    return parser.parse(argv)
