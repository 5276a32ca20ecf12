"""`replay`: send captures to a URL, byte for byte."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from inspector.cli import arguments
from inspector.cli.arguments import note_undiagnosed, selected_ids
from inspector.cli.parser import Parser
from inspector.cli.replay_options import (
    add_destination,
    add_edit,
    add_faults,
    add_plan_options,
    add_request_options,
    check_resumption,
    destination_of,
    plan_name,
    plan_options_of,
    request_options_of,
    with_body_edits,
)
from inspector.cli.send_plan import resumed_plan, send_plan
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.session.replays import Plan
    from inspector.session.session import Session


def _add_arguments(parser: Parser) -> None:
    arguments.add_selection(parser, if_blank="To replay every capture, omit --filter.")
    arguments.add_target(
        parser,
        to="URL, or the name of a target; a path other than / replaces the captured path",
        is_required=False,
    )
    add_destination(parser)
    add_plan_options(parser)
    add_edit(parser)
    add_request_options(parser)
    parser.section("plan").add_argument(
        "--resume",
        metavar="PLAN",
        type=plan_name,
        help="resume a stopped plan: its number, or last",
    )
    parser.section("plan").add_argument(
        "--retry-unknown", action="store_true", help="with --resume: resend deliveries that may have arrived"
    )
    parser.section("plan").add_argument(
        "--dry-run", action="store_true", help="only print what would be sent"
    )
    add_faults(parser)


async def _run(call: Call) -> int:
    chosen, out = call.arguments, call.out
    check_resumption(chosen)
    async with call.session(create=False) as session:
        if chosen.secret_keyring:
            await session.load_secrets()
        if chosen.resume is None:
            note_undiagnosed(session, chosen, out)
            plan = await _new_plan(session, chosen)
            if not plan.count:
                out.error("No captures match, so nothing was sent.")
                return 1
        else:
            plan = await resumed_plan(session, chosen, chosen.resume)
        return await send_plan(call, session, plan)


async def _new_plan(session: Session, chosen: Namespace) -> Plan:
    course, manner = plan_options_of(chosen), await request_options_of(chosen)
    destination = await destination_of(session, chosen)
    ids = await selected_ids(session, chosen)
    manner = await with_body_edits(session, chosen, ids, manner)
    return await session.replays.plan(destination, ids=ids, course=course, manner=manner)


REPLAY = Verb(
    name="replay",
    group="send",
    help="send captures to a URL, byte for byte",
    description="Send captures, oldest first: those with the given ids, else those that match --filter, else"
    " all. Method, headers and body are sent as captured, and each attempt is stored. Without changes, the"
    " signature stays valid.\n\nA replay is stored as a plan. --resume sends the deliveries that a stopped"
    " plan has not sent.",
    examples=(
        "webhook-inspector replay 17 --to http://localhost:3000/hook",
        "webhook-inspector replay --filter survey:nps --to http://localhost:3000/hook",
        "webhook-inspector replay 17 --edit '$.response=3' --resign production",
        "webhook-inspector replay --original-timing --speed 3 --to http://localhost/",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
