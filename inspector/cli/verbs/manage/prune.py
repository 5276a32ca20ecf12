"""`prune`: remove captures permanently."""

from __future__ import annotations

import re
from argparse import Namespace
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from inspector.base.errors import UsageError
from inspector.base.quantity import counted
from inspector.cli import arguments
from inspector.cli.arguments import note_undiagnosed, selected_ids
from inspector.cli.early import INTERRUPTED
from inspector.cli.input import is_confirmed
from inspector.cli.output.capture_lines import CaptureLines
from inspector.cli.parser import ExpectedValue, Parser
from inspector.cli.verb import Call, Verb
from inspector.domain.capture.retention import RetentionLimits, size_in_words

if TYPE_CHECKING:
    from inspector.session.session import Session

_Number = TypeVar("_Number", int, float)
_ROWS_AT_ONCE = 500
_UNITS = {"": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_NOTHING_NAMED = (
    "No captures are selected, and no retention setting is set."
    " Use ids, --filter, --keep-count, --keep-days, --keep-bytes or --all."
)
_USE_ALL = "To remove every capture, use --all."


def _add_arguments(parser: Parser) -> None:
    arguments.add_ids(parser, nargs="*")
    arguments.add_filter(parser, if_blank=_USE_ALL)
    parser.add_argument("--keep-count", metavar="N", type=_count, help="keep the newest N captures")
    parser.add_argument("--keep-days", metavar="DAYS", type=_days, help="keep captures of the last DAYS days")
    parser.add_argument(
        "--keep-bytes",
        metavar="SIZE",
        type=_size,
        help="keep the newest captures up to SIZE of bodies: 500mb, 2gb",
    )
    parser.add_argument(
        "--all", action="store_true", help="remove every capture that is not pinned, and every stray request"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print what would be removed")
    parser.add_argument("--yes", action="store_true", help="do not ask first")


async def _run(call: Call) -> int:
    chosen = call.arguments
    keep = RetentionLimits(count=chosen.keep_count, days=chosen.keep_days, size=chosen.keep_bytes)
    if chosen.all and (chosen.ids or chosen.filter is not None or keep.is_limited):
        raise UsageError("--all cannot be used with ids, --filter or a limit. Use one of them.")
    async with call.session(create=False) as session:
        among = await _among(session, chosen)
        if among is None and not keep.is_limited:
            keep = session.maintenance.limits
            if not keep.is_limited:
                raise UsageError(_NOTHING_NAMED)
        note_undiagnosed(session, chosen, call.out)
        ids = (await session.maintenance.surplus(keep, among)).ids
        pinned = session.maintenance.count_pinned(among)
        strays = session.strays.count if chosen.all else 0
        if chosen.dry_run:
            return _show(call, session, ids, pinned, strays)
        also = f" and {counted(strays, 'stray request')}" if strays else ""
        question = f"Delete {counted(len(ids), 'capture')}{also} permanently? This cannot be undone."
        if (ids or strays) and not await is_confirmed(call.out, question, is_sure=chosen.yes):
            call.out.say("Nothing was removed.")
            return 1
        with call.interruption.stopping_gently() as stop:
            removed = await session.maintenance.remove(ids, stop)
            is_interrupted = stop.is_set()
        strays = await session.strays.clear() if chosen.all and not is_interrupted else 0
    _tell(call, removed.count, removed.size, pinned, strays, {"ids": sorted(removed.ids)})
    return INTERRUPTED if is_interrupted else 0


async def _among(session: Session, chosen: Namespace) -> array[int] | None:
    """Return the selected captures in order of arrival, or None without a selection."""
    if not chosen.ids and chosen.filter is None and not chosen.all:
        return None
    return await selected_ids(session, Namespace(ids=chosen.ids, filter=chosen.filter, limit=None))


def _show(call: Call, session: Session, ids: Sequence[int], pinned: int, strays: int) -> int:
    """Print the captures as `list` does, followed by their total."""
    first = session.captures.rows((*ids[:_ROWS_AT_ONCE], *ids[-1:])).values()
    text = CaptureLines(call.out, has_date=True, first=tuple(first))
    if ids and not call.out.is_json:
        call.out.line(call.out.paint(text.heading(), "faint"))
    size = 0
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        rows = session.captures.rows(ids[start : start + _ROWS_AT_ONCE])
        size += sum(row.size for row in rows.values())
        if not call.out.is_json:
            reasons = session.captures.reasons(rows.values())
            shown = sorted(rows.values(), key=lambda row: row.id)
            call.out.lines(text.line(row, reasons.get(row.id)) for row in shown)
        if call.out.is_closed:
            break
    _tell(call, len(ids), size, pinned, strays, {"ids": list(ids)})
    return 0


def _tell(call: Call, count: int, size: int, pinned: int, strays: int, more: dict[str, object]) -> None:
    is_dry = call.arguments.dry_run
    if call.out.is_json:
        record = {"removed": count, "bytes": size, "pinned": pinned, "strays": strays, "dry_run": is_dry}
        call.out.record({**record, **more})
        return
    captures = f"{counted(count, 'capture')} with {size_in_words(size)} of bodies" if count else ""
    many = " and ".join(filter(None, (captures, counted(strays, "stray request") if strays else "")))
    if many:
        said = f"{'Would remove' if is_dry else 'Removed'} {many}."
    else:
        said = "No captures to remove."
    kept = f" {pinned:,} pinned {'capture stays' if pinned == 1 else 'captures stay'}." if pinned else ""
    call.out.line(f"{said}{kept}")


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        raise ExpectedValue("a whole number, such as 1000")
    return _above_zero(int(text))


def _days(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", text, re.ASCII):
        raise ExpectedValue("a number of days, such as 30")
    return _above_zero(float(text))


def _size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,15})(kb|mb|gb|)", text.lower(), re.ASCII)
    if match is None:
        raise ExpectedValue("a size, such as 500mb or 2gb")
    return _above_zero(int(match[1]) * _UNITS[match[2]])


def _above_zero(number: _Number) -> _Number:
    """Refuse 0. As a setting it means no limit, but here it would remove everything."""
    if not number:
        raise ExpectedValue(f"a number above 0. {_USE_ALL.rstrip('.')}")
    return number


PRUNE = Verb(
    name="prune",
    help="remove captures permanently",
    description="Remove captures permanently, except for pinned ones. Ids and --filter select captures. The"
    " limits (--keep-…) keep the newest of them, or of all, and remove the others. Without any of these, the"
    " retention settings apply.\n\nOn a terminal, you are asked first.",
    examples=(
        "webhook-inspector prune --keep-days 30 --dry-run",
        "webhook-inspector prune --filter 'is:sample' --yes",
        "webhook-inspector prune --all",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
