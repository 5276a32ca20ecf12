"""Digests in a receiver's responses: what they were computed from, found without further requests."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence

from inspector.domain.receiver.reply import Reply
from inspector.domain.receiver.search.hypotheses import KeyForm, MessageForm, messages_of
from inspector.domain.signature.diagnosis.digest_forms import LENGTHS, Algorithm, algorithms

_TOKEN = re.compile(
    rb"(?<![0-9A-Za-z+/_-])(?:[0-9A-Fa-f]{32,128}|[0-9A-Za-z+/_-]{22,86}={0,2})(?![0-9A-Za-z+/_=-])"
)
_MOST_READ = 4
"""Maximum number of responses that are searched, each of which takes up to 30 ms."""
_MOST_TOKENS = 6
_MOST_BYTES = 16 * 1024


class Leaks:
    """The expected signatures in responses."""

    def __init__(self, keys: Sequence[KeyForm]) -> None:
        self._keys = keys
        self._read = 0
        self._fresh: list[tuple[int, MessageForm, Algorithm]] = []
        self._seen: set[tuple[int, MessageForm, str]] = set()
        self.is_proved = False
        """Whether a response contained a digest of its event that only the secret's owner can compute."""

    def read(self, reply: Reply, body: bytes, sent: Iterable[str]) -> None:
        """Search the response to an event for digests of it that were not sent."""
        if self._read >= _MOST_READ or self.is_proved:
            return
        known = [value.lower() for value in sent]
        tokens = [token for token in _tokens(reply) if not any(token.lower() in value for value in known)]
        if not tokens:
            return
        self._read += 1
        found = next(self._matches(dict.fromkeys(tokens[:_MOST_TOKENS]), body), None)
        if found is None:
            return
        key, form, algorithm = found
        # A plain hash of the body may be its checksum. It only hints at what the receiver signs.
        self.is_proved = algorithm.uses_key
        if (key, form, algorithm.words) not in self._seen:
            self._seen.add((key, form, algorithm.words))
            self._fresh.append(found)

    @property
    def is_fresh(self) -> bool:
        """Whether there is a match that was not taken."""
        return bool(self._fresh)

    def take(self) -> list[tuple[int, MessageForm, Algorithm]]:
        """Return the matches once: the number of a key, a message and an algorithm."""
        found, self._fresh = self._fresh, []
        return found

    def _matches(self, tokens: Iterable[str], body: bytes) -> Iterator[tuple[int, MessageForm, Algorithm]]:
        made: dict[bytes, MessageForm] = {}
        for form, message in messages_of(body).items():
            text = message.make()
            if text is not None and (text not in made or made[text].weight < form.weight):
                made[text] = form
        for token in tokens:
            for digest in _digests(token):
                for algorithm in algorithms(len(digest)):
                    if algorithm.code == "digest-truncated":
                        continue
                    for number, key in enumerate(self._keys if algorithm.uses_key else self._keys[:1]):
                        for text, form in made.items():
                            if algorithm.make(key.key, text) == digest:
                                yield number, form, algorithm


def _tokens(reply: Reply) -> Iterator[str]:
    """Yield texts in the form of a digest."""
    values = [value for name, value in reply.headers if name.lower() not in (b"etag", b"set-cookie")]
    for text in (reply.body[:_MOST_BYTES], *(value[:512] for value in values)):
        for found in _TOKEN.finditer(text):
            yield found[0].decode("latin-1")


def _digests(token: str) -> Iterator[str]:
    if len(token) in LENGTHS and re.fullmatch(r"[0-9A-Fa-f]+", token):
        yield token.lower()
    else:
        try:
            plain = token.rstrip("=").translate(str.maketrans("-_", "+/"))
            data = base64.b64decode(plain + "=" * (-len(plain) % 4))
        except binascii.Error:
            return
        if 2 * len(data) in LENGTHS:
            yield data.hex()
