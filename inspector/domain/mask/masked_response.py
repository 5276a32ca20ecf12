"""Hidden texts in a response: a receiver may send back what it received, without the name of the field."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import AnyStr
from urllib.parse import quote, quote_plus, unquote_plus

from inspector.domain.capture.capture import Capture
from inspector.domain.json.source import JsonSyntaxError
from inspector.domain.json.walk import Walk
from inspector.domain.mask.mask import (
    APP_KEY,
    DOTS,
    LARGEST,
    PUBLIC_FIELDS,
    MaskedField,
    hidden_digests,
    hidden_header,
    hidden_sources,
)
from inspector.domain.signature.content import coding_of, decoded

SHORTEST = 3
"""A shorter text would be found in unrelated words."""
_MOST = 2_000
"""Maximum texts to search for in a response. If more are hidden, the response is hidden as a whole."""
_LONG = 16
"""Minimum characters of a part of a credential that is hidden on its own, such as the part after `Bearer`."""
_LONG_CREDENTIAL = 8
"""The same for a target's own header, which must not be stored."""
_UNSEEN = f"{DOTS} The response is hidden completely, because it may repeat hidden values of the request."
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_PART = re.compile(r"[\s,;=]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenTexts:
    """The texts that are hidden in a request."""

    texts: tuple[str, ...] = ()
    """Each in every spelling that a response can contain, the longest first."""
    is_whole: bool = True
    """False if there are more than can be searched for."""

    def hidden(self, text: str, *, is_cut: bool = False) -> str:
        """Return `text` with dots for each of them and for everything that looks like a digest. If `text` is
        cut, the beginning of a hidden text at its end is hidden, too."""
        if not self.is_whole:
            return _UNSEEN if text else text
        for one in self.texts:
            if one not in text:
                continue
            if _NUMBER.fullmatch(one):
                text = re.sub(rf"(?<![0-9]){re.escape(one)}(?![0-9])", DOTS, text)
            else:
                text = text.replace(one, DOTS)
        if is_cut:
            text = _without_beginning(text, self.texts, DOTS)
        return hidden_digests(text)

    def hidden_bytes(self, data: bytes, *, is_cut: bool = False) -> bytes:
        """Return the same for bytes that may not be text."""
        text = data.decode("utf-8", "surrogateescape")
        return self.hidden(text, is_cut=is_cut).encode("utf-8", "surrogateescape")


def _without_beginning(text: AnyStr, hidden: Sequence[AnyStr], dots: AnyStr) -> AnyStr:
    """Return `text` with dots for the beginning of a hidden text at its end."""
    for one in hidden:
        for length in range(min(len(one) - 1, len(text)), SHORTEST - 1, -1):
            if text.endswith(one[:length]):
                return text[:-length] + dots
    return text


def hidden_texts(
    bodies: Iterable[bytes],
    headers: Iterable[tuple[bytes, bytes]],
    values: Iterable[bytes],
    fields: Sequence[MaskedField],
) -> HiddenTexts:
    """Return the hidden texts in bodies and headers of requests, and the hidden `values` of their targets."""
    fields = (APP_KEY, *fields)
    names = {field.last_name for field in fields} - {""}
    found: set[str] = set()
    for body in bodies:
        if len(body) > LARGEST:
            return HiddenTexts(is_whole=False)
        for source in hidden_sources(body, fields):
            found.update(_values(source, names))
            if len(found) > _MOST:
                return HiddenTexts(is_whole=False)
    for name, value in headers:
        if value and hidden_header(name, value) != value:
            found.update(_of_header(value.decode("utf-8", "surrogateescape")))
    for value in values:
        text = value.decode("utf-8", "surrogateescape")
        found.update((text, unquote_plus(text)))
    found.discard(DOTS)
    spelt = {spelling for text in found if len(text) >= SHORTEST for spelling in _spellings(text)}
    return HiddenTexts(texts=tuple(sorted(spelt, key=lambda text: (-len(text), text))))


class Credentials:
    """Header values that are never stored. In a response, dots replace each of them, in any spelling."""

    def __init__(self, values: Iterable[bytes]) -> None:
        texts = {text for value in values for text in _of_credential(value)}
        spelled = {spelling for text in texts if len(text) >= SHORTEST for spelling in _spellings(text)}
        encoded = {spelling.encode("utf-8", "surrogateescape") for spelling in spelled}
        self._spelled = tuple(sorted(encoded, key=lambda data: (-len(data), data)))

    def hidden(self, data: bytes, *, is_cut: bool = False) -> bytes:
        """Return `data` without them. If it is cut, the beginning of one at its end is removed, too."""
        for one in self._spelled:
            data = data.replace(one, DOTS.encode())
        if is_cut:
            data = _without_beginning(data, self._spelled, DOTS.encode())
        return data

    def hidden_text(self, text: str) -> str:
        """Return a sentence or a URL without them."""
        return self.hidden(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def hidden_body(self, body: bytes, encoding: bytes, *, is_cut: bool = False) -> bytes:
        """Return the body of a response without them. A compressed body that contains any is hidden as a
        whole."""
        coding = coding_of(encoding, body)
        if coding is None:
            return self.hidden(body, is_cut=is_cut)
        plain = decoded(body, coding, LARGEST + 1).body
        return body if self.hidden(plain, is_cut=is_cut) == plain else DOTS.encode()


def _of_credential(value: bytes) -> Iterator[str]:
    """Yield a header value, its parts, and the content of Basic authentication."""
    text = value.decode("utf-8", "surrogateescape")
    yield text
    for part in _PART.split(text):
        if len(part) >= _LONG_CREDENTIAL:
            yield part
        with contextlib.suppress(ValueError):
            pair = base64.b64decode(part + "=" * (-len(part) % 4), validate=True).decode()
            user, colon, password = pair.partition(":")
            if colon and text[:5].lower() == "basic":
                yield from (pair, user, password)


def readable_body(capture: Capture) -> bytes:
    """Return the body of a capture, decoded as far as possible."""
    coding = coding_of(b"".join(capture.values(b"content-encoding")), capture.body)
    return capture.body if coding is None else decoded(capture.body, coding, LARGEST + 1).body


def _values(source: str, names: set[str]) -> Iterator[str]:
    """Yield the texts and numbers in a hidden value of any type."""
    walk = Walk(source)
    try:
        for kind, start, end in walk:
            if kind not in ("string", "number"):
                continue
            name = walk.nearest_name
            if name in PUBLIC_FIELDS and name not in names:
                continue
            token = source[start:end]
            if kind == "number":
                yield token
                continue
            text = json.loads(token)
            yield from (text, token[1:-1])  # also as received, with its escapes
            if text[:1] in ("{", "["):
                yield from _values(text, names)
    except JsonSyntaxError:
        text = source.strip("\\\"'")  # not JSON: a form value or a word
        yield text
        yield unquote_plus(text)


def _of_header(value: str) -> Iterator[str]:
    yield value
    yield from (part for part in _PART.split(value) if len(part) >= _LONG)


def _spellings(text: str) -> Iterator[str]:
    """Yield the text unchanged, in JSON, in JSON within JSON, in HTML and in a URL."""
    inner = {text, text.replace("/", "\\/")}
    for escaped in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        once = escaped[1:-1]
        inner |= {once, once.replace("/", "\\/"), _upper(once)}
    yield from inner
    for one in inner:
        if "\\" in one or '"' in one:
            again = json.dumps(one, ensure_ascii=False)[1:-1]
            yield from (again, again.replace("/", "\\/"))
    yield from (
        html.escape(text),
        html.escape(text, quote=False),
        html.escape(text).replace("&#x27;", "&#39;"),
    )
    yield html.escape(text).replace("&#x27;", "&#039;")
    data = text.encode("utf-8", "surrogatepass")
    yield from (quote(data, safe=""), quote(data), quote_plus(data))


def _upper(text: str) -> str:
    return re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), text)
