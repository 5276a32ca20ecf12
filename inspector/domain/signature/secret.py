"""A secret that signatures are checked with."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A named secret; its text is used exactly as given and never printed."""

    name: str
    """`env:NAME`, `file:NAME` or the label it was saved under."""
    text: str = field(repr=False)
    is_saved: bool = False
    """It belongs to the database file; else it holds for this process alone."""

    @property
    def key(self) -> bytes:
        """The bytes that HMAC takes; text that is not Unicode came from bytes and goes back to them."""
        try:
            return self.text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # a lone surrogate, which a text field can hold
            return self.text.encode("utf-8", "surrogatepass")
