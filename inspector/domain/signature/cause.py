"""A finding code: its cause, how it is tried, and its words for a sender and for a receiver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """How a cause is tried: what may have been used instead of the right key, body or digest.

    It serves two searches: a diagnosis compares the digests with a received one, and the search for a
    receiver's fault sends them.
    """

    of: Literal["secret", "key", "body", "digest", "algorithm"]
    """`secret`: a key derived from the text of one secret. `key`: a key found elsewhere. `body`: other bytes
    than the received ones. `digest`: the digest in another form. `algorithm`: a digest made in another way;
    the candidates depend on its length (`digest_forms.algorithms`)."""
    variants: str = ""
    """The function in `diagnosis/secret_forms.py`, `body_forms.py` or `digest_forms.py` that yields the
    variants. A name, because those modules take 30 ms to load, and the filter needs only the codes."""
    writes: str = ""
    """For `digest`, the function in `digest_forms.py` that yields ways to write a digest in this form."""
    is_near: bool = False
    """Whether it changes only a byte or two. It then also finds the bytes that another hypothesis
    produces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtReceiver:
    """A cause as a fault of the user's receiver."""

    weight: float = 0.0
    """How frequent it is at receivers, compared with 1 for a correct part; 0 if it is not tried."""
    why: str = ""
    """The likely reason in the receiver's code, as a sentence."""
    fix: str
    """What to change in the receiver, in one or two sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One finding code: a cause, or an observation that proves nothing."""

    code: str
    """The stable name. Scripts and stored files rely on it, so it must never change."""
    hypothesis: Hypothesis | None = None
    """None if it is found without a search."""
    words: str = ""
    """What is wrong in a few words, for the sentence at the top of the window's Signature tab."""
    meaning: str
    """The meaning, for the handbook."""
    proof: str = "the recomputed digest matches"
    """The proof, for the handbook."""
    fix: str
    """What to do about it, in one or two sentences."""
    at_receiver: AtReceiver | None = None
    """The cause seen from the receiver; None if a receiver cannot have it."""
