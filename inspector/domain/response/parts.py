"""The parts of a response rule: which deliveries it takes and what their senders get, within limits."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from inspector.base.errors import UsageError
from inspector.base.visible import shortened, visible
from inspector.domain import query
from inspector.domain.query.tree import QueryError

ResponseKind = Literal["status", "close", "reset", "never", "relay"]
KIND_WORDS: Mapping[ResponseKind, str] = {
    "close": "Close without a response",
    "reset": "Reset the connection",
    "never": "Never respond",
    "relay": "Relay the response",
}
"""The kinds except a status, in words."""
WhichKind = Literal["all", "first", "every", "chance"]
RulePart = Literal["respond", "after", "drip", "query", "which", "headers", "body"]

MAX_NUMBER = 1_000_000
MAX_SEED = 2**32 - 1
MAX_SECONDS = 600.0
"""Maximum delay of a response, and the maximum time that a sender waits for one that never comes."""
MAX_HEADERS, MAX_HEADER = 20, 1_000
MAX_BODY = 64 * 1024
MAX_TEXT = 200
"""Maximum characters of a target or of the name of a body file, apart from its folder."""
MAX_PATH = 4_096

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")
_OURS = frozenset(
    ("content-length", "transfer-encoding", "connection", "date", "keep-alive", "trailer", "upgrade", "te")
)
"""Headers that decide where the response ends or what becomes of the connection."""
_WITHOUT_BODY = (204, 304)


class RuleError(UsageError):
    """Raised if a rule is not valid: the reason, the part of the rule, and its place in the text."""

    def __init__(self, sentence: str, part: RulePart, position: int | None = None, length: int = 0) -> None:
        super().__init__(sentence)
        self.part: RulePart = part
        """The part of the rule, for a form with one field per part."""
        self.position = position
        """Index of the first invalid character in the text of the rule; None if there is no text."""
        self.length = length


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichDeliveries:
    """Which of the deliveries that match a rule it takes. The next rules get the others."""

    kind: WhichKind = "all"
    number: int = 0
    """`first`: their number. `every`: the interval. Otherwise 0."""
    percent: float = 0.0
    """`chance`: the probability."""
    seed: int = 0
    """`chance`: the same seed takes the same deliveries, by their order."""

    def takes(self, count: int) -> bool:
        """Return whether it takes the `count`-th delivery that matches, starting with 1."""
        if self.kind == "first":
            return count <= self.number
        if self.kind == "every":
            return count % self.number == 0
        if self.kind == "chance":
            digest = hashlib.sha256(f"{self.seed}:{count}".encode()).digest()
            return int.from_bytes(digest[:8], "big") < self.percent / 100 * 2**64
        return True

    def check(self) -> None:
        """Raise RuleError for an impossible number."""
        if self.kind == "first" and not 1 <= self.number <= MAX_NUMBER:
            raise RuleError(_impossible("first", self.number, 1), "which")
        if self.kind == "every" and not 2 <= self.number <= MAX_NUMBER:
            raise RuleError(_impossible("every", self.number, 2), "which")
        if self.kind == "chance":
            if not 0 < self.percent <= 100:
                raise RuleError(
                    f"A probability is over 0 % and at most 100 %, not {self.percent:g} %.", "which"
                )
            if not 0 <= self.seed <= MAX_SEED:
                raise RuleError(f"A seed is a number from 0 to {MAX_SEED:,}, not {self.seed:,}.", "which")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResponse:
    """What a sender gets."""

    kind: ResponseKind = "status"
    status: int = 200
    """For the kind `status`; otherwise without meaning."""
    target: str = ""
    """For the kind `relay`: whose response, as the user wrote it. Empty: the only forward."""
    after_s: float = 0.0
    """How long the sender waits before it gets the response."""
    drip_s: float = 0.0
    """How long the bytes of the response take, head and body."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    body_file: str = ""
    """The path of a file with the body. It is read for each response."""

    def check(self) -> None:
        """Raise RuleError if a part is not possible."""
        if self.kind == "status" and not 200 <= self.status <= 599:
            what = (
                "1xx is not a response, so the sender would keep waiting." if 100 <= self.status < 200 else ""
            )
            raise RuleError(f"A status is from 200 to 599, not {self.status}. {what}".strip(), "respond")
        for name, seconds in (("after", self.after_s), ("drip", self.drip_s)):
            if not 0 <= seconds <= MAX_SECONDS:
                part: RulePart = "after" if name == "after" else "drip"
                raise RuleError(f"“{name}” takes at most {MAX_SECONDS:g} seconds, not {seconds:g}.", part)
        self._check_unused()
        if len(self.target) > MAX_TEXT or visible(self.target) != self.target:
            raise RuleError(f"“{visible(shortened(self.target, 80))}” is not a target.", "respond")
        for name, value in self.headers:
            _check_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            raise RuleError(f"A rule has at most {MAX_HEADERS} headers, not {len(self.headers)}.", "headers")
        self._check_body()

    def _check_unused(self) -> None:
        if self.kind == "status":
            return
        said = "never" if self.kind == "never" else self.kind
        given: tuple[tuple[bool, RulePart, str], ...] = (
            (bool(self.after_s) and self.kind in ("never", "relay"), "after", "delay"),
            (bool(self.drip_s), "drip", "drip"),
            (bool(self.headers), "headers", "header"),
            (bool(self.body or self.body_file), "body", "body"),
        )
        for is_given, part, name in given:
            if is_given:
                raise RuleError(f"“{said}” has no {name}. Remove it, or respond with a status.", part)

    def _check_body(self) -> None:
        if self.body and self.body_file:
            raise RuleError("A rule has one body: a text or a file.", "body")
        if (self.body or self.body_file) and self.status in _WITHOUT_BODY:
            raise RuleError(f"A {self.status} response has no body. Remove it.", "body")
        if "\0" in self.body_file or len(self.body_file) > MAX_PATH:
            raise RuleError("This is not the name of a file.", "body")
        if "\0" in self.body:
            raise RuleError("The body contains a NUL. Remove it, or use a file.", "body")
        try:
            size = len(self.body.encode())
            self.body_file.encode()
        except UnicodeEncodeError:
            raise RuleError("The body contains half of a surrogate pair. Remove it.", "body") from None
        if size > MAX_BODY:
            raise RuleError(f"A body has at most 64 KiB, not {size:,} bytes. Use a shorter one.", "body")

    @property
    def is_immediate(self) -> bool:
        """Whether the response is known and sent at once."""
        return self.kind == "status" and not (self.after_s or self.drip_s or self.body_file)

    @property
    def word(self) -> str:
        """The response in one word: `503`, `close`, `reset`, `never` or `relay`."""
        return str(self.status) if self.kind == "status" else self.kind


def check(text: str, which: WhichDeliveries, respond: RuleResponse) -> None:
    """Raise RuleError if a part of a rule is not valid, or if its parts do not go together.

    `text` is its query.
    """
    respond.check()
    which.check()
    try:
        query.parse(text)
    except QueryError as error:
        raise RuleError(str(error), "query", error.position, error.length) from error
    if respond.kind == "relay" and which.kind != "all":
        raise RuleError("“relay” takes every delivery of its forward. It must be for all of them.", "which")


def _impossible(word: str, number: int, least: int) -> str:
    return f"“{word}” takes a number from {least} to {MAX_NUMBER:,}, not {number:,}."


def _check_header(name: str, value: str) -> None:
    shown = visible(shortened(name, 40))
    if not _TOKEN.fullmatch(name):
        raise RuleError(
            f"“{shown}” is not a header name. Write NAME: VALUE, as in Retry-After: 30.", "headers"
        )
    if name.lower() in _OURS:
        raise RuleError(f"{shown} is written by this program. Remove it.", "headers")
    if wrong := _NOT_IN_HEADER.search(value):
        what = "a line break" if wrong[0] in "\r\n" else f"“{visible(wrong[0])}”"
        raise RuleError(f"The value of {shown} contains {what}, which a header cannot have.", "headers")
    if value != value.strip():
        raise RuleError(f"The value of {shown} begins or ends with a space. Remove it.", "headers")
    if len(name) + len(value) > MAX_HEADER:
        raise RuleError(f"The header {shown} has over {MAX_HEADER:,} characters. Shorten it.", "headers")
