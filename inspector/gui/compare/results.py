"""What a comparison needs to know: the previous capture of a respondent, and what came of comparing two."""

from __future__ import annotations

from functools import partial

from inspector.domain.capture.capture_diff import CaptureDiff, compare_captures
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.query.scope import scope_of
from inspector.domain.signature.content import coding_of
from inspector.session.session import Session

_INLINE = 8 * 1024
"""Bytes of both; more is compared in the worker."""


async def compared(
    session: Session, first: CaptureDetail, second: CaptureDetail, *, is_masked: bool = False
) -> CaptureDiff:
    """Compare two captures; in the worker where they are large or came compressed. `is_masked`: both are as
    the mask shows them."""
    bodies = first.capture.body, second.capture.body
    codings = _coding(first), _coding(second)
    if codings == (None, None) and len(bodies[0]) + len(bodies[1]) <= _INLINE:
        return compare_captures(*bodies, is_masked=is_masked)
    return await session.worker.run(partial(compare_captures, is_masked=is_masked), *bodies, codings)


async def previous_of_respondent(session: Session, row: CaptureRow) -> int | None:
    """The last capture before this one that names the same survey, group and user."""
    if not (row.survey_id and row.group_id and row.user_id) or row.id < 2:
        return None
    ids = await session.captures.ids(scope_of(row), f"id:1..{row.id - 1}", limit=1)
    return ids[0] if ids else None


def _coding(detail: CaptureDetail) -> str | None:
    if detail.row.kind == "refused":
        return None
    return coding_of(b"".join(detail.capture.values(b"content-encoding")), detail.capture.body)


_OF_QUESTIONS = ("$.responses", "$.response", "$.question_")


def sentence(compared: CaptureDiff) -> str:
    """First of all: whether they answer alike."""
    if compared.is_same_body:
        return "Both are the same, byte for byte."
    if compared.is_hidden:
        return "What they hold is hidden and not compared."
    if any(compared.no_json):
        which = (
            "Neither of them is"
            if all(compared.no_json)
            else ("The first one is not" if compared.no_json[0] else "The second one is not")
        )
        return f"{which} JSON."
    common, changed, hidden = compared.in_common, len(compared.changed), compared.hidden
    if not common:
        is_told = not any(
            line.word == "hidden" and line.name.startswith(_OF_QUESTIONS) for line in compared.paths
        )
        return (
            "They have no question in common." if is_told else "What they answer is hidden and not compared."
        )
    seen = common - hidden
    if not seen:
        whose = "whose answer is" if common == 1 else "whose answers are"
        return f"{_counted(common, 'common question').capitalize()}, {whose} hidden and not compared."
    if changed:
        verb = "is" if changed == 1 else "are"
        said = f"{changed:,} of {_counted(seen, 'common question')} {verb} answered otherwise"
    else:
        said = f"{_counted(seen, 'common question').capitalize()}, answered alike"
    if hidden:
        said += f"; {hidden:,} more {'is' if hidden == 1 else 'are'} hidden and not compared"
    return f"{said}."


def by_path_sentence(compared: CaptureDiff) -> str:
    """What differs in the bodies, as far as they are JSON."""
    if compared.is_same_body or compared.is_hidden:
        return ""
    hidden = sum(line.word == "hidden" for line in compared.paths)
    values = sum(line.is_difference and line.word != "written-otherwise" for line in compared.paths)
    otherwise = sum(line.word == "written-otherwise" for line in compared.paths)
    verb = "differs" if values == 1 else "differ"
    said = f"{values:,} of {_counted(len(compared.paths) - hidden, 'value')} in the bodies {verb}"
    if otherwise:
        said += f", and {otherwise:,} {'means' if otherwise == 1 else 'mean'} the same, written otherwise"
    elif not values and hidden:
        said = "The values that are shown are the same"
    elif not values:
        said = "The bodies hold the same values, and differ in white space, in order or in what repeats"
    if hidden:
        said += f"; {hidden:,} {'is' if hidden == 1 else 'are'} hidden and not compared"
    said += "."
    if compared.is_part:
        said += " Only the first values of each are compared by path; the bodies are larger."
    return said


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
