"""`prune`: remove captures for good."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.cli import arguments
from inspector.cli.early import INTERRUPTED
from inspector.cli.lines import CaptureLines
from inspector.cli.selection import chosen_ids, tell_of_unexamined
from inspector.cli.verb import Call, Verb
from inspector.domain.retention import Keep, size_in_words

if TYPE_CHECKING:
    from inspector.session.session import Session

_ROWS_AT_ONCE = 500
_UNITS = {"": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_NOTHING_NAMED = (
    "Say what to remove: ids, --filter, --keep-count, --keep-days or --keep-bytes; the settings of the same"
    " names hold where none is given, and none is set."
)


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "ids", metavar="ID", nargs="*", type=arguments.id_range, help="a capture's number, or a range: 17..20"
    )
    arguments.add_filter(parser)
    parser.add_argument("--keep-count", metavar="N", type=_count, help="keep the newest N of them")
    parser.add_argument("--keep-days", metavar="DAYS", type=_days, help="keep those of the last DAYS days")
    parser.add_argument(
        "--keep-bytes", metavar="SIZE", type=_size, help="keep the newest whose bodies fit: 500mb, 2gb"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print what would be removed")
    arguments.add_database(parser)
    arguments.add_secrets(parser)
    arguments.add_format(parser)


async def _run(call: Call) -> int:
    chosen = call.arguments
    async with call.session(create=False) as session:
        keep = Keep(count=chosen.keep_count, days=chosen.keep_days, size=chosen.keep_bytes)
        among = await _among(session, chosen)
        if among is None and not keep.is_limited:
            keep = session.maintenance.limits
            if not keep.is_limited:
                raise UsageError(_NOTHING_NAMED)
        tell_of_unexamined(session, chosen, call.out)
        ids = (await session.maintenance.surplus(keep, among)).ids
        pinned = session.maintenance.count_pinned(among)
        if chosen.dry_run:
            return _show(call, session, ids, pinned)
        with call.interruption.stopping_gently() as stop:
            removed = await session.maintenance.remove(ids, stop)
            is_interrupted = stop.is_set()
    _tell(call, removed.count, removed.size, pinned, {"ids": sorted(removed.ids)})
    return INTERRUPTED if is_interrupted else 0


async def _among(session: Session, chosen: Namespace) -> array[int] | None:
    """The captures that are named, in order of arrival; None where it is all of them."""
    if not chosen.ids and chosen.filter is None:
        return None
    return await chosen_ids(session, Namespace(ids=chosen.ids, filter=chosen.filter, limit=None))


def _show(call: Call, session: Session, ids: Sequence[int], pinned: int) -> int:
    """The captures as `list` prints them, and then their sum."""
    text = CaptureLines(call.out, has_date=True)
    size = 0
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        rows = session.captures.rows(ids[start : start + _ROWS_AT_ONCE])
        size += sum(row.size for row in rows.values())
        if not call.out.is_json:
            call.out.lines(text.line(row) for row in sorted(rows.values(), key=lambda row: row.id))
        if call.out.is_closed:
            break
    _tell(call, len(ids), size, pinned, {"ids": list(ids)})
    return 0


def _tell(call: Call, count: int, size: int, pinned: int, more: dict[str, object]) -> None:
    is_dry = call.arguments.dry_run
    if call.out.is_json:
        call.out.record({"removed": count, "bytes": size, "pinned": pinned, "dry_run": is_dry, **more})
        return
    if count:
        many = f"{count:,} capture{'' if count == 1 else 's'}, {size_in_words(size)} of bodies"
        said = f"{'Would remove' if is_dry else 'Removed'} {many}."
    else:
        said = "There is nothing to remove."
    kept = f" {pinned:,} {'is' if pinned == 1 else 'are'} pinned and kept." if pinned else ""
    call.out.line(f"{said}{kept}")


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
        raise ArgumentTypeError(f"takes a whole number, such as 1000, not {text!r}")
    return int(text)


def _days(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", text, re.ASCII):
        raise ArgumentTypeError(f"takes a number of days, such as 30, not {text!r}")
    return float(text)


def _size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,15})(kb|mb|gb|)", text.lower(), re.ASCII)
    if match is None:
        raise ArgumentTypeError(f"takes a size, such as 500mb or 2gb, not {text!r}")
    return int(match[1]) * _UNITS[match[2]]


PRUNE = Verb(
    name="prune",
    help="remove captures for good",
    description="Remove captures at once and for good, never those that are pinned: the ones named, those\n"
    "that match --filter, and of these, or of all, what is beyond the limits.",
    add_arguments=_add_arguments,
    run=_run,
)
