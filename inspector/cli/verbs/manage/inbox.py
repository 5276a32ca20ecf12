"""`inbox`: create the stream of a shared inbox, show what is in it, and check it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.clock import local_time
from inspector.base.errors import UsageError
from inspector.base.quantity import counted, size_text
from inspector.base.visible import shortened, visible
from inspector.cli import arguments
from inspector.cli.inbox_login import (
    LOGIN_OPTIONS,
    MONITOR_OPTION,
    add_inbox_login,
    add_inbox_monitor,
    given_login,
)
from inspector.cli.input import read_hidden, read_input
from inspector.cli.output.alignment import hanging, wrapped
from inspector.cli.output.streams import Output, is_terminal_input
from inspector.cli.output.tables import aligned
from inspector.cli.parser import PROGRAM, ExpectedValue, Parser
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb
from inspector.cli.verbs.manage.doctor import print_checks

if TYPE_CHECKING:
    from inspector.session.inbox.streams import (
        CreatedStream,
        InboxStatus,
        InboxStreams,
        StreamMember,
        StreamPlan,
    )

_MOST_REPLICAS = 5
_MOST_LOGIN_BYTES = 64 * 1024
_NAME_CHARACTERS = 60


async def _status(call: Call) -> int:
    from inspector.session.records.inbox import inbox_status_record

    streams = _streams(call)
    status = await streams.status()
    out = call.out
    if out.is_json:
        out.record(inbox_status_record(streams.address.text, status))
    else:
        out.lines(_status_lines(out, streams, status))
    return 0


async def _init(call: Call) -> int:
    from inspector.session.records.inbox import created_stream_record

    streams = _streams(call)
    created = await streams.create(_plan(call))
    out = call.out
    if out.is_json:
        out.record(created_stream_record(streams.address.text, created))
    else:
        has_login = call.arguments.inbox_creds is not None or call.arguments.inbox_keyring is not None
        out.lines(_created_lines(out, streams, created, has_login=has_login))
    return 1 if created.differences else 0


async def _doctor(call: Call) -> int:
    return await print_checks(call.out, _streams(call).checks())


async def _key(call: Call) -> int:
    given_login(call.arguments)  # raises an error if the packages are missing
    from inspector.session.inbox.login import create_key

    file = Path(call.arguments.words[0])
    public = await create_key(file)
    if call.out.is_json:
        call.out.record({"file": str(file), "public_key": public})
    else:
        call.out.line(f"Created {visible(str(file))}. The public key, for the configuration of the server:")
        call.out.line(public)
    return 0


async def _login(call: Call) -> int:
    given_login(call.arguments)  # raises an error if the packages are missing
    from inspector.session.inbox.login import save_login

    label = call.arguments.words[0]
    if is_terminal_input():
        text = await read_hidden(call.out, "USER:PASSWORD, or the seed of an nkey (not shown): ")
    else:
        text = read_input(None, "the login", most=_MOST_LOGIN_BYTES).decode("utf-8", "replace")
    keyring = await save_login(label, text)
    if call.out.is_json:
        call.out.record({"name": label, "removed": False})
    else:
        call.out.line(f"Saved the login {visible(label)} in {keyring}. Use it with --inbox-keyring {label}.")
    return 0


async def _logout(call: Call) -> int:
    given_login(call.arguments)
    from inspector.session.inbox.login import remove_login

    label = call.arguments.words[0]
    await remove_login(label)
    if call.out.is_json:
        call.out.record({"name": label, "removed": True})
    else:
        call.out.line(f"Removed the login {visible(label)}.")
    return 0


def _streams(call: Call) -> InboxStreams:
    login = given_login(call.arguments)
    from inspector.session.inbox.streams import InboxStreams

    return InboxStreams(call.options(), call.arguments.words[0], login, call.arguments.inbox_monitor)


def _plan(call: Call) -> StreamPlan:
    from inspector.session.inbox.streams import StreamPlan

    chosen, usual = call.arguments, StreamPlan()
    age = usual.max_age_s if chosen.max_age is None else chosen.max_age
    window = usual.duplicate_window_s if chosen.duplicate_window is None else chosen.duplicate_window
    if age and window > age:
        if chosen.duplicate_window is not None:
            raise UsageError("--duplicate-window cannot be longer than --max-age. Use a shorter one.")
        window = age
    return StreamPlan(
        max_age_s=age,
        max_bytes=chosen.max_bytes or usual.max_bytes,
        replicas=chosen.replicas or usual.replicas,
        duplicate_window_s=window,
    )


# ---- text


def _created_lines(
    out: Output, streams: InboxStreams, created: CreatedStream, *, has_login: bool
) -> Iterator[str]:
    from inspector.session.inbox.streams import kept_text

    address, facts = streams.address.text, created.facts
    if created.differences:
        said = f"The stream {facts.name} exists with other settings. Nothing was changed."
        yield from wrapped(visible(said), out.width, indent=0)
        for difference, fix in created.differences:
            yield from hanging("  ", visible(f"{difference}. {fix}"), out.width, indent=2)
        return
    is_new = "Created the stream" if created.is_new else "There is already a stream"
    replicas = counted(facts.replicas, "server")
    said = f"{is_new} {facts.name}: messages stay {kept_text(facts)}, on {replicas}."
    yield from wrapped(visible(said), out.width, indent=0)
    for problem in created.problems:
        fix = out.paint("FIX", "invalid")
        yield from hanging(f"{fix} ", visible(f"{problem.sentence} {problem.fix}"), out.width, indent=4)
    yield ""
    login = " --inbox-creds FILE" if has_login else ""
    yield from aligned(
        [
            ("Receive webhooks:", f"{PROGRAM} listen --inbox {address}{login}"),
            ("Read them here:", f"{PROGRAM} listen --from-inbox {address}{login}"),
        ],
        out.width,
    )


def _status_lines(out: Output, streams: InboxStreams, status: InboxStatus) -> Iterator[str]:
    from inspector.session.inbox.streams import kept_text

    facts = status.facts
    used = size_text(facts.bytes)
    if facts.max_bytes > 0:
        used = f"{used} of {size_text(facts.max_bytes)} ({facts.bytes / facts.max_bytes:.0%})"
    rows = [
        ("Address", streams.address.text),
        ("Messages", f"{facts.messages:,}, {used}"),
        ("First", _message(facts.first, facts.first_ms)),
        ("Last", _message(facts.last, facts.last_ms)),
        ("Limits", kept_text(facts)),
        ("Replicas", f"{facts.current_replicas} of {facts.replicas} with every message"),
    ]
    yield from aligned([(name, visible(text)) for name, text in rows], out.width)
    yield ""
    if status.members is None:
        yield from wrapped(f"The members are unknown. {status.why_no_members}", out.width, indent=0)
    elif not status.members:
        yield from wrapped("No members yet. Start `listen --from-inbox` or the window.", out.width, indent=0)
    else:
        yield counted(len(status.members), "member")
        yield from aligned([_member_cells(one) for one in status.members], out.width)


def _message(sequence: int, stored_ms: int | None) -> str:
    return "none" if stored_ms is None else f"{sequence:,} at {_time(stored_ms)}"


def _member_cells(member: StreamMember) -> tuple[str, ...]:
    active = "not connected" if member.active_ms is None else f"active {_time(member.active_ms)}"
    return (
        visible(shortened(member.name, _NAME_CHARACTERS)),
        "up to date" if not member.behind else f"{member.behind:,} behind",
        "connected" if member.is_connected else active,
    )


def _time(milliseconds: int) -> str:
    return f"{local_time(milliseconds):%Y-%m-%d %H:%M:%S}"


# ---- options

_ACCESS = (*LOGIN_OPTIONS, MONITOR_OPTION)
_PLAN = ("--replicas", "--max-age", "--max-bytes", "--duplicate-window")
_ACTIONS = (
    Subcommand(
        name="status",
        words=("ADDRESS",),
        last_word="any",
        help="show what is in the stream, and how far each member is behind",
        run=_status,
        options=_ACCESS,
    ),
    Subcommand(
        name="init",
        words=("ADDRESS",),
        last_word="any",
        help="create the stream",
        run=_init,
        options=(*_ACCESS, *_PLAN),
    ),
    Subcommand(
        name="doctor",
        words=("ADDRESS",),
        last_word="any",
        help="check servers, permissions, stream and space",
        run=_doctor,
        options=_ACCESS,
    ),
    Subcommand(name="key", words=("FILE",), help="create an nkey to log in with", run=_key),
    Subcommand(name="login", words=("LABEL",), help="save a login in the system keyring", run=_login),
    Subcommand(name="logout", words=("LABEL",), help="remove a login from the keyring", run=_logout),
)


def _age(text: str) -> float:
    seconds = arguments.seconds(text)
    if seconds is None:
        raise ExpectedValue("a time such as 7d or 12h, or 0 for no limit")
    return seconds


def _window(text: str) -> float:
    seconds = arguments.seconds(text)
    if not seconds:
        raise ExpectedValue("a time above 0, such as 2m")
    return seconds


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    group = parser.section("stream of `inbox init`")
    group.add_argument(
        "--replicas",
        metavar="N",
        type=arguments.whole("a number", 1, _MOST_REPLICAS),
        help="number of servers of the cluster that store each message (default: 1)",
    )
    group.add_argument(
        "--max-age",
        metavar="TIME",
        type=_age,
        help="how long messages stay, such as 12h or 7d; 0 means no limit (default: 7d)",
    )
    group.add_argument(
        "--max-bytes",
        metavar="N",
        type=arguments.whole("a number of bytes", 1, arguments.MAX_ID),
        help="maximum bytes of all messages; then senders get 503 (default: 10737418240)",
    )
    group.add_argument(
        "--duplicate-window",
        metavar="TIME",
        type=_window,
        help="how long a repeated message is recognised (default: 2m)",
    )
    add_inbox_login(parser)
    add_inbox_monitor(parser)


INBOX = Verb(
    name="inbox",
    help="create, show and check the stream of a shared inbox",
    description="Manage the stream of a shared inbox on NATS JetStream. An address is"
    " nats://HOST:PORT/STREAM, or tls:// for servers with TLS. Without one, the setting inbox is used.\n\n"
    "`inbox init` creates a stream that loses no acknowledged capture: it is in files, and refuses more when"
    " it is full. An existing stream is never changed. `inbox doctor` checks servers and stream.\n\n"
    "`inbox key FILE` creates an nkey: its seed in a file that only you can read, and a public key, which the"
    " server needs. `inbox login LABEL` reads the text of a .creds file, the seed of an nkey or USER:PASSWORD"
    " from standard input.",
    examples=(
        "webhook-inspector inbox init nats://127.0.0.1:4222/HOOKS",
        "webhook-inspector inbox status nats://127.0.0.1:4222/HOOKS",
        "webhook-inspector inbox doctor tls://eu.example.com/HOOKS --inbox-keyring me",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("inbox", _ACTIONS),
    uses_secrets=False,
)
