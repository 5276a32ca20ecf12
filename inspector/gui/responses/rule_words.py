"""The words of response rules in the window: rows of the list, the connection bar, and what senders get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.response.rule import EVERYTHING_ELSE, ResponseRule
from inspector.gui.kit.context.mask import Mask
from inspector.gui.responses.rule_list import RuleLine

_LONGEST = 90
_SHORT = 24
_RELAY = "the target’s response"
"""The target is in the next cell of the connection bar."""
_AT_ONCE = "Sent as soon as the capture is on disk."
_EVERY = "every delivery"


def rule_line(
    rule: ResponseRule, mask: Mask, *, matches: int | None = None, left: int | None = None
) -> RuleLine:
    """Return the row of a rule. `matches` is the number of stored captures that match, if it is known.

    `left` is how many more deliveries it takes, if there is such a number.
    """
    query = mask.rule(rule.query)
    number = "" if matches is None else f"{matches:,} match"
    if not rule.is_on or left == 0:
        number = "off" if not rule.is_on else "0 left"
    return RuleLine(
        key=rule.id,
        sentence=shortened(visible(mask.sentence(rule.sentence)), _LONGEST),
        note=shortened(visible(query), _LONGEST) if query else _EVERY,
        is_query=bool(query),
        number=number,
        name="" if rule.respond.kind == "relay" else rule.number,
        is_on=rule.is_on,
        is_movable=rule.id > 0,
    )


def last_line(others: int | None) -> RuleLine:
    """Return the last row: the usual response, and how many stored captures no rule matches."""
    number = "" if others is None else f"{others:,}"
    return RuleLine(key=None, sentence=EVERYTHING_ELSE, note=_AT_ONCE, number=number)


def button_text(rules: Sequence[ResponseRule], left: Mapping[int, int | None], mask: Mask) -> str:
    """Return what the connection bar shows as the response: `200 OK`, `503 for the next 3`, `2 rules, then
    200`. Rules that are off or used up are left out."""
    active = [rule for rule in rules if rule.is_on and left.get(rule.id) != 0]
    if not active:
        return "200 OK"
    if len(active) > 1:
        return f"{counted(len(active), 'rule')}, then 200"
    [rule] = active
    if rule.which.kind == "first" and (remaining := left.get(rule.id)) is not None:
        return f"{rule.respond.word} for the next {'one' if remaining == 1 else f'{remaining:,}'}"
    if rule.respond.kind == "relay":
        return _RELAY
    return shortened(visible(mask.sentence(rule.sentence)), _SHORT)


def is_refusal(rule: ResponseRule | None) -> bool:
    """Return whether the sender sees a failure."""
    if rule is None or rule.respond.kind == "relay":
        return False
    return rule.respond.kind != "status" or rule.respond.status >= 400
