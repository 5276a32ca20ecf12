"""The options that say how a replay goes: order, pace, faults, and signing again."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from inspector.base.errors import UsageError
from inspector.cli import arguments
from inspector.cli.edit import edit_of
from inspector.domain.course import MAX_SCALE, MIN_SCALE, Course
from inspector.domain.fault import FAULT_HELP, ON_THE_WIRE, Fault
from inspector.domain.manner import Manner
from inspector.domain.redirect import MOST_REDIRECTS

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h)?", re.ASCII)
_UNITS = {"ms": 0.001, None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}

_OF_A_PLAN = (
    *("ids", "filter", "limit", "to", "order", "rate", "original_timing", "max_gap", "at_once"),
    *("stop_on_failure", "fault", "seed", "resign", "resign_unverified", "mark"),
    *("follow_redirects", "method", "header", "body", "ca", "cert", "key"),
)
"""What a plan keeps, so that it is not given again when it goes on."""


def add_course(parser: ArgumentParser) -> None:
    """Order, pace, how many at once, and when to end."""
    parser.add_argument(
        "--order",
        metavar="{arrival,created}",
        type=_order,
        help="in order of arrival, or of the event's created_at (default: arrival)",
    )
    parser.add_argument(
        "--rate", metavar="N", type=_number, help="so many a second (default: as fast as answers come)"
    )
    parser.add_argument(
        "--original-timing",
        metavar="SCALE",
        nargs="?",
        const=1.0,
        type=_scale,
        help=f"with the gaps that they came with, or SCALE times as fast: {MIN_SCALE:g} to {MAX_SCALE:g}",
    )
    parser.add_argument(
        "--max-gap", metavar="TIME", type=_span, help="the longest gap at the original timing: 500ms, 30s, 5m"
    )
    parser.add_argument(
        "--at-once",
        metavar="N",
        type=arguments.at_once,
        help="how many to send at a time (default: 1, in order)",
    )
    parser.add_argument(
        "--stop-on-failure", action="store_true", help="end at the first that is not answered 2xx"
    )


def add_faults(parser: ArgumentParser) -> None:
    """What is done wrong on purpose."""
    width = max(map(len, FAULT_HELP)) + 2
    told = (f"{name:<{width}}{told}" for name, told in FAULT_HELP.items())
    one_of = f"Of {', '.join(ON_THE_WIRE[:-1])} and {ON_THE_WIRE[-1]} a delivery takes one, the first given."
    group = parser.add_argument_group("faults on purpose", "\n".join((*told, one_of)))
    group.add_argument(
        "--fault",
        metavar="NAME:N",
        type=_fault,
        action="append",
        help="one of these, such as twice:10; repeatable",
    )
    group.add_argument(
        "--seed",
        metavar="N",
        type=_seed,
        help="of all that is left to chance; the same again does the same (default: 0)",
    )


def add_manner(parser: ArgumentParser) -> None:
    """Signing again, the marker, and redirects."""
    parser.add_argument(
        "--resign",
        metavar="SECRET",
        type=_secret,
        help="sign again with this secret: env:NAME, file:NAME or a label; what is not valid is skipped",
    )
    parser.add_argument(
        "--resign-unverified",
        action="store_true",
        help="sign what is not valid, too: that vouches for strangers",
    )
    parser.add_argument(
        "--mark",
        action="store_true",
        help="add the header x-webhook-inspector-replay with the capture's number",
    )
    parser.add_argument(
        "--follow-redirects",
        action="store_true",
        help=f"send on to where an answer redirects, {MOST_REDIRECTS} times at most; to another host without"
        " signature and credentials, and only if it is this machine or allowed by --allow-host",
    )


def course_of(chosen: Namespace) -> Course:
    """How the replay goes; raises UsageError for what cannot be."""
    return Course(
        order=chosen.order or "arrival",
        rate=chosen.rate,
        scale=chosen.original_timing,
        max_gap_s=chosen.max_gap,
        at_once=chosen.at_once or 1,
        is_stopping_on_failure=chosen.stop_on_failure,
        faults=tuple(chosen.fault or ()),
        seed=chosen.seed or 0,
    )


async def manner_of(chosen: Namespace) -> Manner:
    """How each is sent; raises UsageError for what cannot be."""
    if chosen.resign_unverified and chosen.resign is None:
        raise UsageError("--resign-unverified goes with --resign SECRET.")
    return Manner(
        edit=await edit_of(chosen),
        sign_with=chosen.resign,
        is_resigning_unverified=chosen.resign_unverified,
        has_marker=chosen.mark,
        is_following_redirects=chosen.follow_redirects,
    )


def check_resumption(chosen: Namespace) -> None:
    """Raises UsageError where a plan that goes on is given what it has already, or a new one lacks it."""
    if chosen.resume is None:
        if chosen.retry_unknown:
            raise UsageError("--retry-unknown goes with --resume PLAN.")
        if chosen.to is None:
            raise UsageError("What is missing: --to URL, or --resume PLAN.")
        return
    for name in _OF_A_PLAN:
        if getattr(chosen, name) not in (None, False, []):
            option = "An ID" if name == "ids" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is of no use with --resume: a plan goes on as it began.")


def plan_name(text: str) -> int | None:
    """A plan's number, or `last`, which is 0."""
    if text == "last":
        return 0
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) or int(text) < 1:
        raise ArgumentTypeError(f"takes a plan's number, or last, not {text!r}")
    return int(text)


def _order(text: str) -> str:
    if text not in ("arrival", "created"):
        raise ArgumentTypeError(f"takes arrival or created, not {text!r}")
    return text


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ArgumentTypeError(f"takes a number, such as 5 or 0.5, not {text!r}")
    return float(text)


def _scale(text: str) -> float:
    return _number(text.removeprefix("x").removeprefix("×"))


def _span(text: str) -> float:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ArgumentTypeError(f"takes a time, such as 500ms, 30s or 5m, not {text!r}")
    return float(match[1]) * _UNITS[match[2]]


def _fault(text: str) -> Fault:
    try:
        return Fault.parse(text)
    except UsageError as error:
        raise ArgumentTypeError(f"takes a fault. {error}") from None


def _seed(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        raise ArgumentTypeError(f"takes a whole number, not {text!r}")
    return int(text)


def _secret(text: str) -> str:
    if not text:
        raise ArgumentTypeError("takes a secret's name, and an empty one was given")
    return text
