"""Which captures a command means: the ids it names, else its filter, else everything."""

from __future__ import annotations

from argparse import Namespace
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspector.base.errors import InspectorError, UsageError
from inspector.cli.output.streams import Output
from inspector.domain.query import field_names, parse
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.session.session import Session

_CHECKED_AT_ONCE = 500


class UnknownIdError(InspectorError):
    """There is no capture of that number: the answer is no."""

    exit_status = 1


async def chosen_ids(session: Session, chosen: Namespace) -> array[int]:
    """Ids in order of arrival. Raises UnknownIdError, QueryError."""
    if not chosen.ids:
        ids = await session.captures.ids(
            EVERYTHING, chosen.filter or "", newest_first=False, limit=chosen.limit
        )
        return array("q") if ids is None else ids
    if chosen.filter:
        raise UsageError("Select captures by ids or by --filter, not by both.")
    wanted: set[int] = {first for first, last in chosen.ids if first == last}
    _check_all_exist(session, sorted(wanted))
    spans = [span for span in chosen.ids if span[0] != span[1]]
    if spans:
        # Of what there is, so that no range is ever spelled out.
        everything = await session.captures.ids(EVERYTHING, "", newest_first=False) or ()
        for first, last in spans:
            within = [id_ for id_ in everything if first <= id_ <= last]
            if not within:
                raise UnknownIdError(f"There is no capture in {first}..{last}.")
            wanted.update(within)
    ids = array("q", sorted(wanted))
    return ids if chosen.limit is None else ids[-chosen.limit :]


def tell_of_unexamined(session: Session, chosen: Namespace, out: Output) -> None:
    """Say that more may match a filter by findings once everything invalid was examined."""
    if not chosen.filter or "finding" not in field_names(parse(chosen.filter)):
        return
    if left := session.diagnoses.left:
        out.say(
            f"Invalid captures that were not examined yet, and may be missing here: {left:,}."
            " `show ID` examines one, the window all of them."
        )


def _check_all_exist(session: Session, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _CHECKED_AT_ONCE):
        part = ids[start : start + _CHECKED_AT_ONCE]
        known = session.captures.rows(part)
        for id_ in part:
            if id_ not in known:
                raise UnknownIdError(f"There is no capture {id_}.")
