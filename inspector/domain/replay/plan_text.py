"""A plan in sentences: its target, order and pace, how requests are sent, and deliberate faults."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.base.visible import visible
from inspector.domain.replay.fault import FAULT_HELP, Fault
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.request_options import Edit, RequestOptions

Facts = tuple[tuple[str, str], ...]
"""Captions with their sentences."""


def plan_facts(what: str, url: str, name: str | None, course: PlanOptions, manner: RequestOptions) -> Facts:
    """Return the sentences about a plan that can no longer change; `what` describes the captures."""
    return (
        ("Captures", what),
        ("To", f"{visible(name)}\n{visible(url)}" if name else visible(url)),
        ("Requests", " ".join(_how(manner))),
        ("Order", "By arrival time" if course.order == "arrival" else "By answer time"),
        ("Pace", _pace(course)),
        ("Concurrent", f"{course.at_once}, order is {'' if course.at_once == 1 else 'not '}preserved"),
        ("On failure", "Stop" if course.is_stopping_on_failure else "Continue"),
        ("Deliberate faults", "\n".join(_faults(course)) or "None"),
    )


def _how(manner: RequestOptions) -> Iterator[str]:
    if manner.edit != Edit():
        yield "Edited."
    elif manner.sign_with is None:
        yield "As captured, with the original signature."
    if manner.sign_with is not None and manner.is_resigning_unverified:
        yield f"Re-signed with {visible(manner.sign_with)}, including captures that are not valid."
    elif manner.sign_with is not None:
        yield f"Re-signed with {visible(manner.sign_with)}. Captures that are not valid are skipped."
    if manner.has_marker:
        yield "Each request is marked as a replay."
    if manner.is_following_redirects:
        yield "Redirects are followed."


def _pace(course: PlanOptions) -> str:
    if course.rate is not None:
        return f"{course.rate:g} per second"
    if course.scale is None:
        return "As fast as responses arrive"
    scale = "" if course.scale == 1 else f" × {course.scale:g}"
    gap = "" if course.max_gap_s is None else f", maximum gap {course.max_gap_s:g} s"
    return f"Original timing{scale}{gap}"


def _faults(course: PlanOptions) -> Iterator[str]:
    for fault in course.faults:
        said = _often(fault)
        yield f"{said[0].upper()}{said[1:]}"
    if course.faults:
        yield f"Seed {course.seed}"


def _often(fault: Fault) -> str:
    """Return how often a fault occurs: `every 10th is delivered twice`, `each is delivered twice`."""
    text = FAULT_HELP[fault.name]
    if fault.every == 1:
        return text.replace("every n-th signature", "every signature").replace("every n-th", "each")
    return text.replace("n-th", _ordinal(fault.every)).replace("groups of n", f"groups of {fault.every:,}")


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
