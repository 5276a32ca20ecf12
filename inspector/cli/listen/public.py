"""The public address in one run of `listen`: its options, and the report of whether senders reach it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError, UsageError
from inspector.base.visible import visible
from inspector.cli.output.alignment import wrapped
from inspector.cli.output.json_text import json_line
from inspector.cli.output.streams import Output, Painter
from inspector.cli.parser import PROGRAM, Parser

if TYPE_CHECKING:
    from inspector.session.session import Session
    from inspector.session.tunnels import StateWord, TunnelState

_SQUARES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
_MARGIN = 2
"""Light squares around a QR code. Four are the standard, but a terminal has few lines, and two are read."""
_NEEDED = {
    "host": ("--tunnel-host", "me@hooks.example.com"),
    "command": ("--tunnel-command", "'bore local {port}'"),
}
"""The option with what a kind needs, and an example of its value."""
_LOG_LINES = 10
ANY = "any"
"""The value of `--tunnel` without a kind."""


def add_public(parser: Parser) -> None:
    """Add `--tunnel`, `--public-url` and the options that go with them."""
    from inspector.settings.table import TUNNELS

    group = parser.section("public address")
    group.add_argument(
        "--tunnel",
        metavar="KIND",
        nargs="?",
        const=ANY,
        choices=(*TUNNELS, ANY),
        help=f"get a public URL from a tunnel program: {', '.join(TUNNELS)}, or {ANY}, the first of them that"
        f" is installed (default: {ANY})",
    )
    group.add_argument(
        "--tunnel-host",
        metavar="SERVER",
        help="your own SSH server for --tunnel ssh: user@host or user@host:port",
    )
    group.add_argument(
        "--tunnel-command",
        metavar="COMMAND",
        help="program with its arguments for --tunnel command; {port} is replaced by the listener's port",
    )
    group.add_argument(
        "--public-url",
        metavar="ADDRESS",
        help="public URL of your own server or command; without --tunnel, an address that already leads here",
    )


def check_public(chosen: Namespace) -> None:
    """Raise UsageError for options that do not go together. Set the kind that they imply."""
    for option, kind in (("tunnel_host", "ssh"), ("tunnel_command", "command")):
        if getattr(chosen, option) is None:
            continue
        if chosen.tunnel in (None, ANY):
            chosen.tunnel = kind
        if chosen.tunnel != kind:
            name = option.replace("_", "-")
            raise UsageError(f"--{name} is for --tunnel {kind}, not {chosen.tunnel}. Remove one of them.")
    if chosen.public_url is not None and chosen.tunnel not in (None, "ssh", "command"):
        raise UsageError(
            f"--public-url cannot be used with --tunnel {chosen.tunnel}, which gets a URL of its own."
            " Remove one of them."
        )


class PublicReport:
    """Starts what the options ask for, and reports the public address and whether senders reach it."""

    def __init__(self, out: Output, session: Session, print_lines: Callable[[Sequence[str]], None]) -> None:
        """`print_lines` prints JSON lines between those of captures."""
        self._out = out
        self._session = session
        self._print_lines = print_lines
        self._word: StateWord = "none"
        self._address: str | None = None
        """The address that was proved last in this run."""
        session.tunnels.changed.connect(self._changed)
        session.address.changed.connect(self._address_changed)

    def prepare(self, chosen: Namespace) -> None:
        """Raise InspectorError for a missing program, or for a value that cannot be used."""
        from inspector.session.address.public_address import public_address
        from inspector.session.tunnels import first_installed, tunnel_choices

        if chosen.tunnel is None:
            if chosen.public_url is not None:
                public_address(chosen.public_url)
            return
        if chosen.tunnel == ANY:
            first = first_installed()
            chosen.tunnel = first.name
            self._out.say_wrapped(
                f"Using {first.name}, the first installed tunnel program. Use --tunnel KIND for another."
            )
            return
        choice = next(one for one in tunnel_choices() if one.name == chosen.tunnel)
        if not choice.is_installed:
            raise InspectorError(f"{choice.program} is not installed. Get it from {choice.get_it}.")
        if choice.needs is not None:
            option, example = _NEEDED[choice.needs]
            setting = self._session.settings.text(f"tunnel_{choice.needs}")
            if not (vars(chosen)[f"tunnel_{choice.needs}"] or setting):
                raise UsageError(f"--tunnel {chosen.tunnel} needs {option}, as in {option} {example}.")
        self._session.tunnels.check(
            chosen.tunnel,
            host=chosen.tunnel_host,
            command=chosen.tunnel_command,
            public_url=chosen.public_url,
        )

    async def begin(self, chosen: Namespace) -> None:
        """Start the tunnel, or the tests of a given address. Raises InspectorError."""
        if chosen.tunnel is not None:
            self._out.say_wrapped(
                f"Starting the tunnel ({chosen.tunnel}). Its address follows once it is tested."
            )
            await self._session.tunnels.start(
                chosen.tunnel,
                host=chosen.tunnel_host,
                command=chosen.tunnel_command,
                public_url=chosen.public_url,
            )
        elif chosen.public_url is not None:
            await self._session.address.set(chosen.public_url)

    def _address_changed(self, _: str | None) -> None:
        self._changed(self._session.tunnels.state)

    def _changed(self, state: TunnelState) -> None:
        """Report a new address, and each change between reachable and not."""
        address = self._address
        if state.word == "reachable":
            address = self._session.address.text
            if address is None or state.url is None or not address.startswith(state.url):
                return  # it is being stored
        is_new = address != self._address
        if state.word in ("none", "starting") or (state.word == self._word and not is_new):
            return
        before, self._address = self._address, address
        self._word = state.word
        if self._out.is_json:
            from inspector.session.records.machine import public_record

            self._print_lines([json_line(public_record(state, address))])
        if is_new and address is not None:
            self._out.say_wrapped(
                "" if before is None else f"The public address has changed. It was {before}."
            )
            self._out.say_lines(address_lines(self._out.messages, self._session))
        else:
            self._out.say_wrapped(" ".join(self._sentences(state)))
            if state.refers_to_log:
                self._out.say_lines(self._log())

    def _log(self) -> Iterator[str]:
        """Yield the last lines that the tunnel program printed."""
        lines = self._session.tunnels.lines()[-_LOG_LINES:]
        yield "The last lines of its log:" if lines else "Its log is empty."
        for line in lines:
            yield from (f"  {part}" for part in wrapped(line.strip(), self._out.messages.width, indent=2))

    def _sentences(self, state: TunnelState) -> Iterator[str]:
        now = state.text(now_ms())
        match state.word:
            case "reachable":
                yield f"The public address is reachable again{now.removeprefix('reachable')}."
            case "unreachable":
                yield "The public address is unreachable."
                if state.kind is None and self._session.address.has_path:
                    yield "It belongs to a tunnel that is not running. Use --tunnel to start one."
                    return
            case "restarting":
                yield f"The tunnel restarts{now.removeprefix('restarting')}."
            case _:
                yield f"The tunnel has {now}."
        if state.problem is not None:
            yield state.problem


def address_lines(painter: Painter, session: Session) -> Iterator[str]:
    """Yield the public address with its health and, on a terminal, its QR code."""
    address, state = session.address.text, session.tunnels.state
    if address is None:
        now = state.text(now_ms())
        sentence = f"No public address. Get one with `{PROGRAM} listen --tunnel`."
        yield from wrapped(f"No public address yet ({now})." if now else sentence, painter.width, indent=0)
        return
    is_reachable = state.word == "reachable"
    yield from wrapped(
        "Senders reach this listener here. Paste the address into Blitzllama’s dashboard:"
        if is_reachable
        else f"The public address ({state.text(now_ms()) or 'not tested'}):",
        painter.width,
        indent=0,
    )
    yield f"  {painter.paint(visible(address), 'strong')}"
    yield from qr_lines(address, painter)
    trip = f" in {state.round_trip_ms:,.0f} ms" if state.round_trip_ms is not None else ""
    who = "The tunnel" if state.kind is not None else "The gateway"
    changes = "" if state.changes is None else f" {who} {visible(state.changes)}."
    if is_reachable:
        yield from wrapped(f"A test request came back{trip}.{changes}", painter.width, indent=0)
    elif state.problem is not None:
        yield from wrapped(visible(state.problem), painter.width, indent=0)
    yield ""


def qr_lines(text: str, painter: Painter) -> Iterator[str]:
    """Yield the QR code of a text, two squares per character. Nothing if there is no terminal, or no room."""
    from inspector.base.qr_code import qr_modules

    modules = qr_modules(text) if painter.width is not None else ()
    side = len(modules) + 2 * _MARGIN
    if not modules or side >= (painter.width or 0):
        return
    margin = (False,) * _MARGIN
    empty = (False,) * side
    rows = [empty] * _MARGIN + [(*margin, *row, *margin) for row in modules] + [empty] * (_MARGIN + side % 2)
    yield ""
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = "".join(_SQUARES[pair] for pair in zip(upper, lower, strict=True))
        # Without colours, a light square is drawn: most terminals are dark.
        yield f"  \x1b[38;5;231;48;5;16m{line}\x1b[0m" if painter.has_colour else f"  {line}"
    yield ""
