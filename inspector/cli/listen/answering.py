"""Response rules in one run of `listen`: their option, and the sentences about them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.visible import visible
from inspector.cli.arguments import not_allowed
from inspector.cli.parser import Parser

if TYPE_CHECKING:
    from inspector.domain.response.rule import ResponseRule
    from inspector.session.session import Session


def add_answering(parser: Parser) -> None:
    """Add `--answer`."""
    group = parser.add_argument_group("responses")
    group.add_argument(
        "--answer",
        metavar="RULE",
        type=_rule,
        action="append",
        default=[],
        help="what senders get in this run, such as '503 for survey:nps first 3'; the first rule that"
        " takes a delivery wins; see `answers --help`; repeatable",
    )


def _rule(text: str) -> ResponseRule:
    from inspector.domain.response.rule import ResponseRule

    try:
        return ResponseRule.parse(text)
    except UsageError as error:
        raise UsageError(f"Invalid rule for --answer: {error}") from error


def check_answering(chosen: Namespace) -> None:
    """Raise UsageError if two targets would respond."""
    relays = [rule for rule in chosen.answer if rule.respond.kind == "relay"]
    if len(relays) + chosen.relay > 1:
        raise UsageError("A sender gets one relayed response. Use one --relay, or one rule that relays.")
    if relays and not relays[0].respond.target:
        raise UsageError("Write the target after relay, as in --answer 'relay localhost:3000'.")


async def prepare_answers(session: Session, rules: Sequence[ResponseRule]) -> None:
    """Add the rules of this run before the others. Raises UsageError, also for a host to allow first."""
    for rule in rules:
        if rule.respond.kind == "relay":
            url = session.targets.address(rule.respond.target)
            host = await session.forwards.permission.host_to_allow(url)
            if host is not None:
                raise not_allowed(host, what="captures")
            session.forwards.add_for_run(url, rule=rule.query, relays=True)
    session.responses.add_for_run(rule for rule in rules if rule.respond.kind != "relay")


def said_answers(session: Session) -> list[str]:
    """Return a sentence for each rule that is on. A relay is shown with its forward."""
    rules = [rule for rule in session.responses.rules if rule.is_on and rule.id]
    return [f"{visible(rule.reason[:1].upper() + rule.reason[1:])}." for rule in rules]
