"""`compare`: print how two captures, or the responses to two attempts, differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.base.errors import NotFound, UsageError
from inspector.cli import arguments
from inspector.cli.arguments import UnknownIdError, no_capture
from inspector.cli.parser import PROGRAM, Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.domain.capture.rows import AttemptDetail
    from inspector.session.session import Session

_DIFFERENT = 1


def _add_arguments(parser: Parser) -> None:
    parser.add_argument(
        "ids",
        metavar="ID",
        nargs="+",
        type=arguments.single_id,
        help="id of a capture, or `last`",
    )
    parser.add_argument(
        "--attempts",
        action="store_true",
        help="compare the responses to two attempts",
    )
    parser.add_argument("--all", action="store_true", help="also print equal parts")


async def _run(call: Call) -> int:
    ids: list[int] = call.arguments.ids
    if len(ids) > 2:
        raise UsageError(f"Unexpected argument: {ids[2]}. `compare` takes one or two ids.")
    async with call.session(create=False) as session:
        is_same = await (_attempts if call.arguments.attempts else _captures)(call, session, ids)
    return 0 if is_same else _DIFFERENT


async def _captures(call: Call, session: Session, ids: list[int]) -> bool:
    from inspector.cli.output.comparison_lines import ComparisonLines
    from inspector.session.records.comparisons import comparison_record

    known = [arguments.known_id(session, id_) for id_ in ids]
    rows = session.captures.rows(known)
    if missing := [id_ for id_ in known if id_ not in rows]:
        raise UnknownIdError(no_capture(missing[0]))
    if len(known) == 1:
        previous = await session.comparisons.previous(rows[known[0]])
        if previous is None:
            raise NotFound(f"Capture {known[0]} has no previous capture of its respondent. Give two ids.")
        known.insert(0, previous)
    compared = await session.comparisons.whole(*known)
    has_same = call.arguments.all
    if call.out.is_json:
        call.out.record(comparison_record(compared, has_same=has_same))
    else:
        call.out.lines(ComparisonLines(call.out, has_same=has_same).lines(compared))
    return compared.is_same


async def _attempts(call: Call, session: Session, ids: list[int]) -> bool:
    from inspector.cli.output.attempt_lines import AttemptLines, difference_lines
    from inspector.session.records.comparisons import attempts_record

    if arguments.LAST in ids:
        raise UsageError("--attempts takes ids of attempts, not last. `show ID` lists them.")
    attempts = [await session.captures.attempt(id_) for id_ in ids]
    if len(attempts) == 1:
        attempts.insert(0, await _before(session, attempts[0]))
    compared = await session.requests.compare(*attempts)
    if call.out.is_json:
        call.out.record(attempts_record(attempts[0].row, attempts[1].row, compared))
        return compared.is_same
    text = AttemptLines(call.out)
    for sign, attempt in zip("-+", attempts, strict=True):
        call.out.line(f"{sign} attempt {attempt.row.id} of capture {attempt.row.capture_id}:")
        call.out.line(f"  {text.detail(attempt.row)}")
    call.out.line()
    call.out.lines(
        line for line in difference_lines(compared) if call.arguments.all or not line.startswith("  ")
    )
    return compared.is_same


async def _before(session: Session, attempt: AttemptDetail) -> AttemptDetail:
    row = attempt.row
    found = session.requests.since([row]).get(row.id)
    if found is None or found.before is None:
        raise NotFound(f"Attempt {row.id} has no previous attempt at its target. Give two ids.")
    return await session.captures.attempt(found.before.id)


COMPARE = Verb(
    name="compare",
    group="look",
    help="print the differences between two captures",
    description="Print the differences between two captures: method, target, headers, answers by question,"
    " and the body by JSON path. Headers are compared in any order. With one id, the other capture is the"
    " previous one of the same respondent.\n\n"
    "With --attempts, the ids are those of attempts, and their responses are compared line by line.\n\n"
    "The exit status is 0 if nothing differs, and 1 if something does.",
    examples=(
        f"{PROGRAM} compare 17 23",
        f"{PROGRAM} compare last --format json",
        f"{PROGRAM} compare --attempts 4 9",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
