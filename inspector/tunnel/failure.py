"""The failures of tunnel programs, and what their output says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.base.errors import InspectorError

RETRY = 0.0
"""`retry_after` of a failure after which the usual pause is enough."""
TOO_MANY_S = 300.0
"""`retry_after` if a service refuses further requests for a while."""


class TunnelFailed(InspectorError):
    """Raised if a tunnel gave no URL, and returned when its program has ended. A sentence for the user."""

    def __init__(self, sentence: str, *, reason: str, retry_after: float | None = RETRY) -> None:
        super().__init__(sentence)
        self.reason = reason
        """The same in at most three words, such as `too many requests`."""
        self.retry_after = retry_after
        """Seconds to wait before the next start: 0 if the usual pause is enough, None if it would fail
        again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFailure:
    """A phrase in a program's output, and what it means."""

    phrase: re.Pattern[str]
    reason: str
    sentence: str
    """`{name}`, `{host}` and `{file}` (of known host keys) are replaced."""
    retry_after: float | None = RETRY
    ends_run: bool = False
    """Whether the program would wait for the user, and is stopped instead."""


def known_failure(
    phrase: str, reason: str, sentence: str, retry_after: float | None = RETRY, *, ends_run: bool = False
) -> KnownFailure:
    """Return an entry of a table of failures. The case of `phrase`, a regular expression, is ignored.

    A server of anyone may print the lines: the phrase has no unlimited repetition, which would be slow.
    """
    return KnownFailure(
        phrase=re.compile(phrase, re.IGNORECASE),
        reason=reason,
        sentence=sentence,
        retry_after=retry_after,
        ends_run=ends_run,
    )
