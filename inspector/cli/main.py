"""The command line, from its first argument to its exit status."""

from __future__ import annotations

import asyncio
import logging
from argparse import Namespace
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from inspector.base.errors import InspectorError, PortTaken, UsageError, did_you_mean
from inspector.base.log import log_file, log_to_file
from inspector.base.tasks import Tasks
from inspector.cli.arguments import as_typed
from inspector.cli.early import interrupted_status, verb_place
from inspector.cli.output.streams import Output, standard_output
from inspector.cli.parser import PROGRAM, UnknownOption, quoted
from inspector.cli.verb import Call, Interruption, Verb, program_parser, session_options
from inspector.cli.verbs.check.check import CHECK
from inspector.cli.verbs.check.verifier import VERIFIER
from inspector.cli.verbs.check.verify import VERIFY
from inspector.cli.verbs.completion import COMPLETION
from inspector.cli.verbs.help import HELP
from inspector.cli.verbs.listen import LISTEN
from inspector.cli.verbs.look.compare import COMPARE
from inspector.cli.verbs.look.follow import FOLLOW
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.look.report import REPORT
from inspector.cli.verbs.look.respondents import RESPONDENTS
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.look.stats import STATS
from inspector.cli.verbs.look.strays import STRAYS
from inspector.cli.verbs.look.surveys import SURVEYS
from inspector.cli.verbs.manage.address import ADDRESS
from inspector.cli.verbs.manage.answers import ANSWERS
from inspector.cli.verbs.manage.doctor import DOCTOR
from inspector.cli.verbs.manage.export import EXPORT
from inspector.cli.verbs.manage.filters import FILTERS
from inspector.cli.verbs.manage.import_ import IMPORT
from inspector.cli.verbs.manage.maintain import MAINTAIN
from inspector.cli.verbs.manage.note import NOTE
from inspector.cli.verbs.manage.pin import PIN
from inspector.cli.verbs.manage.prune import PRUNE
from inspector.cli.verbs.manage.secrets import SECRETS
from inspector.cli.verbs.manage.settings import SETTINGS
from inspector.cli.verbs.manage.targets import TARGETS
from inspector.cli.verbs.send.forward import FORWARD
from inspector.cli.verbs.send.plans import PLANS
from inspector.cli.verbs.send.replay import REPLAY
from inspector.cli.verbs.send.sample import SAMPLE

if TYPE_CHECKING:
    from inspector.session.options import Options


FAILED = 3
VERBS: tuple[Verb, ...] = (
    *(LISTEN, VERIFY, LIST, SHOW, REPLAY, SAMPLE, CHECK, EXPORT, IMPORT, REPORT),
    *(FOLLOW, SURVEYS, RESPONDENTS, STATS, COMPARE, STRAYS),
    *(PIN, NOTE, PRUNE, MAINTAIN),
    *(DOCTOR, SETTINGS, FILTERS, SECRETS, ADDRESS, TARGETS, VERIFIER, PLANS, FORWARD, ANSWERS),
    *(HELP, COMPLETION),
)
_SEE_HELP = f" See `{PROGRAM} --help`."

log = logging.getLogger(__name__)


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
            verb, unset = _parse([LISTEN.name])
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
    verb = next((verb for verb in VERBS if verb.name == name), None)
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
