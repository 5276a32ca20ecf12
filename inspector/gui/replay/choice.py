"""What the Replay window was opened for: some captures, or all that a scope and a query choose."""

from __future__ import annotations

from typing import Any

from inspector.base.visible import shortened, visible
from inspector.domain.query.scope import EVERYTHING, Scope

What = tuple[int, ...] | tuple[Scope, str]
"""Captures by id, or everything that a scope and a query choose."""


def choice(what: What) -> dict[str, Any]:
    """As arguments of a plan."""
    scope, text = what[0], what[1] if len(what) > 1 else ""
    if isinstance(scope, Scope) and isinstance(text, str):
        return {"scope": scope, "text": text}
    return {"ids": [one for one in what if isinstance(one, int)]}


def origin(what: What) -> str:
    """Where they come from, to be read after their number."""
    if not what or not isinstance(what[0], Scope):
        return ", as selected"
    scope, text = what[0], str(what[1])
    of = "" if scope == EVERYTHING else " in the chosen part of the tree"
    if text.strip():
        of += f", matching {shortened(visible(text), 80)}"
    return of or ", all that is listed"


def selected(what: What) -> int | None:
    """The number of captures given by id; None if a scope and a query have to be counted first."""
    ids = choice(what).get("ids")
    return None if ids is None else len(ids)
