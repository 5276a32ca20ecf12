"""What is wrong with a query, and where."""

from __future__ import annotations

from inspector.base.errors import UsageError


class QueryError(UsageError):
    """A query that cannot be read: why, and at which place."""

    def __init__(self, sentence: str, position: int, length: int) -> None:
        super().__init__(sentence)
        self.position = position
        """Index of the first wrong character in the text."""
        self.length = length
        """How many characters are wrong, one at least."""


def listed(words: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
