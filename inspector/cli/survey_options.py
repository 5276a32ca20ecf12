"""The survey and the group that a verb is about, and what their counts do not include yet."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from inspector.base.errors import NotFound
from inspector.base.quantity import counted
from inspector.cli.output.streams import Output
from inspector.cli.parser import PROGRAM, Parser

if TYPE_CHECKING:
    from inspector.domain.query.scope import Scope
    from inspector.session.session import Session

SETTLE_S = 2.0
"""Maximum seconds to wait for a listener to count the captures that just arrived."""


def add_survey(parser: Parser, *, is_required: bool = False) -> None:
    """Add the survey, which is optional by default."""
    parser.add_argument(
        "survey",
        metavar="SURVEY",
        nargs=None if is_required else "?",
        help="id of a survey, or a part of its name or id",
    )


def add_group(parser: Parser) -> None:
    """Add the group of that survey."""
    parser.add_argument("group", metavar="GROUP", nargs="?", help="id of a group, or a part of it")


def selected_scope(session: Session, chosen: Namespace) -> Scope | None:
    """Return the survey or group of the command line, or None. Raises NotFound or UsageError."""
    if chosen.survey is None:
        return None
    try:
        scope = session.groups.find(chosen.survey)
    except NotFound as error:
        raise NotFound(f"{error} `{PROGRAM} surveys` lists them.") from error
    group = getattr(chosen, "group", None)
    try:
        return scope if group is None else session.groups.find_group(scope, group)
    except NotFound as error:
        raise NotFound(f"{error} `{PROGRAM} surveys` lists them.") from error


async def report_behind(session: Session, out: Output) -> None:
    """Report how many captures the counts do not include, after waiting a moment for them."""
    if behind := await session.groups.settle(SETTLE_S):
        verb, them = ("is", "it") if behind == 1 else ("are", "them")
        out.error(f"{counted(behind, 'capture')} {verb} not counted yet. A running listener counts {them}.")
