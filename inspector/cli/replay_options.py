"""The options of a replay: order, pace, faults, changes to the request, and the destination."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.input import read_input
from inspector.cli.parser import PROGRAM, ExpectedValue, Parser, quoted
from inspector.domain.json.json_path import Step, path_steps
from inspector.domain.replay.fault import FAULT_HELP, ON_THE_WIRE, Fault
from inspector.domain.replay.plan_options import MAX_SCALE, MIN_SCALE, PlanOptions
from inspector.domain.replay.redirect import MOST_REDIRECTS
from inspector.domain.replay.request_options import Edit, RequestOptions

if TYPE_CHECKING:
    from inspector.domain.capture.capture import HeaderPairs
    from inspector.session.session import Session
    from inspector.session.targets import Destination

MAX_BODY = 1024 * 1024
"""Maximum bytes of a replacement body, which is stored with each attempt."""
MAX_HEADERS = 64 * 1024
MAX_PEM = 4 * 1024 * 1024
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_OF_A_PLAN = (
    *("ids", "filter", "limit", "to", "order", "rate", "original_timing", "speed", "max_gap", "at_once"),
    *("stop_on_failure", "fault", "seed", "resign", "resign_unverified", "mark"),
    *("follow_redirects", "method", "header", "edit", "body", "ca", "cert", "key"),
)
"""Options that are stored with a plan, so they cannot be given again when it is resumed."""


def add_edit(parser: Parser) -> None:
    """Add `--method`, `--header`, `--edit` and `--body`."""
    group = parser.section(
        "changes to the request", "Changing the body makes the signature stale, unless --resign is given."
    )
    group.add_argument("--method", metavar="METHOD", help="method, such as PUT")
    group.add_argument(
        "--header",
        metavar="NAME:VALUE",
        type=_header,
        action="append",
        help="header to add or replace, or NAME: to remove it; repeatable",
    )
    group.add_argument(
        "--edit",
        metavar="PATH=VALUE",
        type=edited_value,
        action="append",
        help="new value in the body of one capture, such as '$.responses[0].response=3'; repeatable",
    )
    group.add_argument(
        "--body", metavar="FILE", type=arguments.file_path, help="file with the body; - for standard input"
    )


def add_destination(
    parser: Parser,
    title: str = "connection to a URL (a named target has its own)",
    *,
    values: str = "the values are not stored",
) -> None:
    """Add the options for a URL or a named target. `values` says what happens to the values of headers."""
    group = parser.section(title)
    group.add_argument(
        "--header-file",
        metavar="FILE",
        type=arguments.file_path,
        help=f"file with headers, one NAME: VALUE per line; {values}",
    )
    group.add_argument(
        "--ca", metavar="FILE", type=arguments.file_path, help="certificate of a private CA to trust (PEM)"
    )
    group.add_argument("--cert", metavar="FILE", type=arguments.file_path, help="client certificate (PEM)")
    group.add_argument(
        "--key",
        metavar="FILE",
        type=arguments.file_path,
        help="key of the client certificate (default: in the same file)",
    )


async def edit_of(chosen: Namespace) -> Edit:
    """Return the changes to the request. The plan checks whether they are valid."""
    given: list[tuple[bytes, bytes]] = chosen.header or []
    body: Path | None = chosen.body
    return Edit(
        method=chosen.method,
        dropped=tuple(name for name, value in given if not value),
        put=tuple(pair for pair in given if pair[1]),
        body=None
        if body is None
        else await in_own_thread(lambda: read_input(body, "the body", most=MAX_BODY)),
    )


async def with_body_edits(
    session: Session, chosen: Namespace, ids: Sequence[int], manner: RequestOptions
) -> RequestOptions:
    """Return the options with the body of the only capture edited by `--edit`. Raises UsageError."""
    if not chosen.edit:
        return manner
    if chosen.body is not None:
        raise UsageError("--edit changes the captured body. Use it without --body.")
    if len(ids) != 1:
        raise UsageError(f"--edit takes one capture, and {len(ids):,} are selected. Name its ID.")
    body = await session.requests.edited_body(ids[0], chosen.edit)
    return replace(manner, edit=replace(manner.edit, body=body))


async def headers_of(chosen: Namespace) -> HeaderPairs:
    """Return the headers in `--header-file`."""
    from inspector.domain.capture.headers import read_header_lines

    file: Path | None = chosen.header_file
    if file is None:
        return ()
    data = await in_own_thread(lambda: read_input(file, "the headers", most=MAX_HEADERS))
    try:
        return read_header_lines(data.decode().replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise UsageError(f"{visible(str(file))} is not UTF-8 text. Save the headers as UTF-8.") from None


async def destination_of(session: Session, chosen: Namespace, to: str | None = None) -> Destination:
    """Return the destination of `--to`, or of another option. Raises UsageError for contradictory options."""
    from inspector.session.targets import Tls

    tls = Tls(authority=readable(chosen.ca), certificate=readable(chosen.cert), key=readable(chosen.key))
    return await session.targets.resolve(to or chosen.to, headers=await headers_of(chosen), tls=tls)


def readable(file: Path | None) -> Path | None:
    """Return an absolute path, so that the plan can be resumed from another folder.

    Raises InspectorError if the file cannot be read.
    """
    if file is None:
        return None
    read_input(file, "the certificate", most=MAX_PEM)
    return file.absolute()


def edited_value(text: str) -> tuple[tuple[Step, ...], str]:
    """Read the path of a value and its new source, `$.response=3`."""
    path, is_given, value = text.partition("=")
    if not is_given:
        raise ExpectedValue("PATH=VALUE, such as '$.responses[0].response=3'")
    return path_steps(path), value


def _header(text: str) -> tuple[bytes, bytes]:
    """Read a header. Refuse a credential, because other users can see the command line."""
    from inspector.domain.capture.capture import SIGNATURE_HEADER
    from inspector.domain.mask.mask import is_private_header

    name, colon, value = text.partition(":")
    if not colon or not name:
        raise ExpectedValue("NAME:VALUE, such as 'x-test: 1'")
    pair = (name.strip().encode("utf-8", "surrogateescape"), value.strip().encode("utf-8", "surrogateescape"))
    if pair[1] and is_private_header(pair[0]) and pair[0].lower() != SIGNATURE_HEADER:
        raise UsageError(
            f"{quoted(name.strip())} in --header looks like a credential, and other users of this machine"
            " can read a command line. Use --header-file FILE."
        )
    return pair


def add_plan_options(parser: Parser) -> None:
    """Add order, pace, concurrency, and the condition to stop."""
    group = parser.section("order and pace")
    group.add_argument(
        "--order",
        metavar="arrival|created",
        type=_order,
        help="by time of arrival, or by created_at of the events (default: arrival)",
    )
    group.add_argument(
        "--rate",
        metavar="N",
        type=number,
        help="deliveries per second (default: as fast as responses arrive)",
    )
    group.add_argument(
        "--original-timing", action="store_true", help="keep the original pauses between captures"
    )
    group.add_argument(
        "--speed",
        metavar="N",
        type=_scale,
        help=f"play the original timing N times as fast, {MIN_SCALE:g} to {MAX_SCALE:g} (default: 1)",
    )
    group.add_argument(
        "--max-gap",
        metavar="TIME",
        type=_span,
        help="longest pause at the original timing: 500ms, 30s or 5m",
    )
    group.add_argument(
        "--at-once",
        metavar="N",
        type=arguments.at_once,
        help="number of concurrent deliveries (default: 1)",
    )
    group.add_argument("--stop-on-failure", action="store_true", help="stop at the first unexpected response")


def add_faults(parser: Parser) -> None:
    """Add deliberate faults."""
    group = parser.section("deliberate faults")
    group.add_argument(
        "--fault",
        metavar="NAME:N",
        type=_fault,
        action="append",
        help="fault in every N-th delivery, such as twice:10 (see below); repeatable",
    )
    group.add_argument(
        "--seed",
        metavar="N",
        type=seed,
        help="random seed; the same seed repeats the run (default: 0)",
    )
    title = f"faults (a delivery gets only the first of {', '.join(ON_THE_WIRE)})"
    parser.tables.append((title, tuple(FAULT_HELP.items())))


def add_request_options(parser: Parser) -> None:
    """Add re-signing, the replay marker, and redirects."""
    group = parser.section("signature")
    group.add_argument(
        "--resign",
        metavar="SECRET",
        type=_secret,
        help="secret to re-sign with: env:NAME, file:NAME or a label; skips captures that are not valid",
    )
    group.add_argument(
        "--resign-unverified",
        action="store_true",
        help="also re-sign captures that are not valid (anyone may have sent them)",
    )
    parser.section("changes to the request").add_argument(
        "--mark",
        action="store_true",
        help="add the header x-webhook-inspector-replay with the capture id",
    )
    parser.section(arguments.TARGET).add_argument(
        "--follow-redirects",
        action="store_true",
        help=f"follow up to {MOST_REDIRECTS} redirects, only to this machine or an allowed host; another host"
        " gets no signature and no credentials",
    )


def plan_options_of(chosen: Namespace) -> PlanOptions:
    """Return how the replay runs. Raises UsageError for contradictory options."""
    scale = 1.0 if chosen.original_timing and chosen.speed is None else chosen.speed
    return PlanOptions(
        order=chosen.order or "arrival",
        rate=chosen.rate,
        scale=scale,
        max_gap_s=chosen.max_gap,
        at_once=chosen.at_once or 1,
        is_stopping_on_failure=chosen.stop_on_failure,
        faults=tuple(chosen.fault or ()),
        seed=chosen.seed or 0,
    )


async def request_options_of(chosen: Namespace) -> RequestOptions:
    """Return how each capture is sent. Raises UsageError for contradictory options."""
    if chosen.resign_unverified and chosen.resign is None:
        raise UsageError("--resign-unverified needs a secret. Add --resign SECRET.")
    return RequestOptions(
        edit=await edit_of(chosen),
        sign_with=chosen.resign,
        is_resigning_unverified=chosen.resign_unverified,
        has_marker=chosen.mark,
        is_following_redirects=chosen.follow_redirects,
    )


def check_resumption(chosen: Namespace) -> None:
    """Raise UsageError if a resumed plan is given options that it stores, or a new plan has no target."""
    if chosen.resume is None:
        if chosen.retry_unknown:
            raise UsageError("--retry-unknown needs a plan. Add --resume PLAN.")
        if chosen.to is None:
            raise UsageError(f"Missing option: --to URL, or --resume PLAN. See `{PROGRAM} replay --help`.")
        return
    for name in _OF_A_PLAN:
        if getattr(chosen, name) not in (None, False, []):
            option = "ID" if name == "ids" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} cannot be used with --resume. A resumed plan keeps its options.")


def plan_name(text: str) -> int | None:
    """Read the number of a plan, or `last`, which is 0."""
    if text == "last":
        return 0
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) or int(text) < 1:
        raise ExpectedValue("the number of a plan, or last")
    return int(text)


def _order(text: str) -> str:
    if text not in ("arrival", "created"):
        raise ExpectedValue("arrival or created")
    return text


def number(text: str) -> float:
    """Read a number such as 5 or 0.5."""
    if not _NUMBER.fullmatch(text):
        raise ExpectedValue("a number, such as 5 or 0.5")
    return float(text)


def _scale(text: str) -> float:
    return number(text.removeprefix("x").removeprefix("×"))


def _span(text: str) -> float:
    seconds = arguments.seconds(text)
    if seconds is None:
        raise ExpectedValue("a time, such as 500ms, 30s or 5m")
    return seconds


def _fault(text: str) -> Fault:
    try:
        return Fault.parse(text)
    except UsageError as error:
        raise UsageError(f"Invalid value {quoted(text)} for --fault. {error}") from None


def seed(text: str) -> int:
    """Read a random seed."""
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        raise ExpectedValue("a whole number")
    return int(text)


def _secret(text: str) -> str:
    if not text:
        raise ExpectedValue("the name of a secret")
    return text
