"""A response rule: which deliveries it takes, and what their senders get."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from inspector.base.visible import shortened, visible
from inspector.domain.replay.attempt import status_text
from inspector.domain.response import rule_text
from inspector.domain.response.parts import KIND_WORDS, RuleResponse, WhichDeliveries, check

MAX_RULES = 100
"""Maximum number of stored rules. Each can be compared with every delivery."""
EVERYTHING_ELSE = "Everything else: 200 OK"
"""What deliveries get that no rule takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRule:
    """A rule: the deliveries that match `query`, or some of them, get `respond`."""

    id: int = 0
    """Its number in the file. Negative for a rule of one run, 0 for one that is not stored."""
    is_on: bool = True
    query: str = ""
    """Empty: every delivery."""
    which: WhichDeliveries = field(default_factory=WhichDeliveries)
    respond: RuleResponse = field(default_factory=RuleResponse)

    @classmethod
    def parse(cls, text: str) -> ResponseRule:
        """Read a rule as `text` writes it. Raises RuleError with the place of the error."""
        query, which, respond = rule_text.parse(text)
        return cls(query=query.strip(), which=which, respond=respond)

    @property
    def text(self) -> str:
        """The rule in one line, as in `503 for survey:nps first 3`."""
        return rule_text.written(self.query, self.which, self.respond)

    def checked(self) -> ResponseRule:
        """Return the rule with its query trimmed. Raises RuleError if a part is not valid."""
        check(self.query, self.which, self.respond)
        return replace(self, query=self.query.strip())

    @property
    def sentence(self) -> str:
        """The rule without its query: `503 for the first 3`, `Wait 31 s, then 200`."""
        respond, which = self.respond, self.which
        what = KIND_WORDS.get(respond.kind, "")
        if respond.kind == "relay":
            what += f" of {place(respond.target)}" if respond.target else ""
        elif respond.kind == "status":
            is_plain = which.kind == "all" and not (respond.after_s or respond.drip_s)
            what = status_text(respond.status) if is_plain else str(respond.status)
            if respond.drip_s:
                what = f"{what}, sent over {respond.drip_s:g} s"
        if respond.after_s:
            first = what if respond.kind == "status" else f"{what[:1].lower()}{what[1:]}"
            what = f"Wait {respond.after_s:g} s, then {first}"
        comma = "," if "," in what else ""
        if which.kind == "first":
            number = "one" if which.number == 1 else f"{which.number:,}"
            return f"{what}{comma} for the first {number}"
        if which.kind == "every":
            return f"{what}, every {ordinal(which.number)}"
        if which.kind == "chance":
            return f"{what}{comma} for {which.percent:g} % of them"
        return what

    @property
    def number(self) -> str:
        """How captures and lists name the rule: `rule 3`, `rule 1 of this run`, or `relay`."""
        if self.respond.kind == "relay":
            return "relay"
        return f"rule {-self.id} of this run" if self.id < 0 else f"rule {self.id}"

    @property
    def reason(self) -> str:
        """How a capture shows the rule that responded: `rule 1: 503 for the first 3 (survey:nps)`."""
        about = f" ({visible(shortened(self.query, 80))})" if self.query else ""
        return f"{self.number}: {self.sentence}{about}"


def place(target: str) -> str:
    """Return a target without its scheme: `localhost:3000/hook`."""
    return target.partition("://")[2].removesuffix("/") if "://" in target else target


def ordinal(number: int) -> str:
    """Return `2nd`, `10th`, `1,001st`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
