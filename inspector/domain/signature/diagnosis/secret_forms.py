"""Hypotheses on the secret: the sender's key is this text in another form, or another text."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from inspector.base.visible import visible
from inspector.domain.signature.diagnosis.context import DiagnosisContext, Variant
from inspector.domain.signature.first_difference import white_space

DOTS = "••••••••"
"""Replaces a secret's text of any length."""

_BLANK = " \t\r\n\v\f\u00a0\u200b\ufeff"
_ADDED = ("\n", "\r\n", " ", "\t", "\r", "\u00a0")
_QUOTES = (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"), ("‘", "’"), ("<", ">"))
_PREFIX = re.compile(
    r"(?:export\s+)?[A-Za-z][A-Za-z0-9_]*\s*=\s*|whsec_|whsk_|whs_|sk_(?:live|test)_|sk_|secret[_:-]\s*|"
    r"[Bb]earer\s+|[Bb]asic\s+|sha256="
)
_ADDED_PREFIXES = ("whsec_", "secret_", "sk_")


def whitespace(text: str) -> Iterator[Variant[bytes]]:
    """Yield keys with white space that only one side has: a newline from `echo`, a blank from copying."""
    head = text[: len(text) - len(text.lstrip(_BLANK))]
    tail = text[len(text.rstrip(_BLANK)) :]
    seen = f"({visible(head)}{DOTS}{visible(tail)})"
    if tail:
        words = f"without the {_blank_name(tail)} at its end {seen}"
        yield _variant(text[: -len(tail)], words, **white_space("here", after=tail))
    if head:
        words = f"without the {_blank_name(head)} before it {seen}"
        yield _variant(text[len(head) :], words, **white_space("here", before=head))
    if head and tail:
        words = f"without the whitespace around it {seen}"
        yield _variant(text.strip(_BLANK), words, **white_space("here", before=head, after=tail))
    for blank in _ADDED:
        words = f"with a {_blank_name(blank)} at its end ({DOTS}{visible(blank)})"
        yield _variant(text + blank, words, **white_space("sender", after=tail + blank))
    for blank in (" ", "\t", "\ufeff"):
        words = f"with a {_blank_name(blank)} before it ({visible(blank)}{DOTS})"
        yield _variant(blank + text, words, **white_space("sender", before=blank + head))
    both = white_space("sender", before=f" {head}", after=f"{tail} ")
    yield _variant(f" {text} ", f"with a space on both sides ( {DOTS} )", **both)
    inner = "".join(text.split())
    if inner != text.strip(_BLANK):
        gone = "".join(sorted(one for one in text if one.isspace()))
        yield _variant(inner, "without the whitespace in it", **white_space("here", within=gone))


def quoted(text: str) -> Iterator[Variant[bytes]]:
    """Yield keys with quotes that only one side has, as some readers of .env files keep them."""
    for left, right in _QUOTES:
        if len(text) > 2 and text[0] == left and text[-1] == right:
            yield _variant(text[1:-1], f"without the quotes around it ({left}{DOTS}{right})")
    for left, right in _QUOTES[:3]:
        yield _variant(f"{left}{text}{right}", f"with quotes around it ({left}{DOTS}{right})")


def escaped(text: str) -> Iterator[Variant[bytes]]:
    """Yield keys with HTML, URL or JSON escapes that only one side read literally, or added."""
    yield from _changed(text, html.unescape(text), "with its HTML escapes decoded")
    yield from _changed(text, unquote(text), "with its URL escapes (%XX) decoded")
    yield from _changed(text, unquote_plus(text), "with its URL escapes decoded and + as a space")
    yield from _changed(text, _json_unescaped(text), "with its backslash escapes decoded")
    yield from _changed(text, html.escape(text), "with HTML escapes (&amp;, &lt;, &quot;)")
    yield from _changed(text, html.escape(text, quote=False), "with HTML escapes (&amp;, &lt;)")
    yield from _changed(text, _php_escaped(text), "with HTML escapes as PHP's htmlspecialchars writes them")
    yield from _changed(text, _ruby_escaped(text), "with HTML escapes as Ruby's CGI.escapeHTML writes them")
    yield from _changed(text, _quote(text), "with URL escapes (%XX)")
    yield from _changed(text, _quote(text, plus=True), "with URL escapes as in a form (%XX, + for a space)")
    yield from _changed(text, json.dumps(text)[1:-1], "with JSON's backslash escapes")
    yield from _changed(text, json.dumps(text, ensure_ascii=False)[1:-1], "with JSON's backslash escapes")
    yield from _changed(text, text.replace("/", "\\/"), r"with its slashes escaped (\/)")


def prefixed(text: str) -> Iterator[Variant[bytes]]:
    """Yield keys with a prefix that is part of the text but not of the key, or is missing from the text."""
    found = _PREFIX.match(text)
    if found and found.end() < len(text):
        prefix, rest = found[0], text[found.end() :]
        yield _variant(rest, f"without the prefix {visible(prefix)}", prefix=visible(prefix))
        for variant in encoded(rest):
            yield Variant(
                value=variant.value,
                words=f"without the prefix {visible(prefix)}, {variant.words}",
                detail={"prefix": visible(prefix), **variant.detail},
                also=("secret-encoded",),
            )
    for prefix in _ADDED_PREFIXES:
        yield _variant(prefix + text, f"with the prefix {prefix}", prefix=prefix)


def encoded(text: str) -> Iterator[Variant[bytes]]:
    """Yield the text decoded from hex or base64, or encoded."""
    stripped = text.strip(_BLANK)
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", stripped):
        yield Variant(value=bytes.fromhex(stripped), words="decoded from hex", detail={"encoding": "hex"})
    plain = stripped.rstrip("=")
    if len(plain) > 3 and len(plain) % 4 != 1 and re.fullmatch(r"[A-Za-z0-9+/]+|[A-Za-z0-9_-]+", plain):
        data = plain.translate(str.maketrans("-_", "+/"))
        try:
            key = base64.b64decode(data + "=" * (-len(data) % 4))
            yield Variant(value=key, words="decoded from base64", detail={"encoding": "base64"})
        except binascii.Error:
            pass
    key = _bytes(text)
    for name, made in (
        ("hex", key.hex()),
        ("hex", key.hex().upper()),
        ("base64", base64.b64encode(key).decode()),
        ("base64", base64.b64encode(key).decode().rstrip("=")),
        ("base64", base64.urlsafe_b64encode(key).decode()),
    ):
        detail = {"encoding": name, "way": "encoded"}
        yield Variant(value=made.encode(), words=f"encoded in {name}", detail=detail)


def app_key(context: DiagnosisContext) -> Iterator[Variant[bytes]]:
    """Yield the payload's `app_key`, which may have been entered as the webhook secret."""
    key = context.member("app_key")
    if isinstance(key, str) and key:
        yield Variant(value=key.encode("utf-8", "surrogatepass"), words="the payload's own app_key")


def other(context: DiagnosisContext) -> Iterator[Variant[bytes]]:
    """Yield the secrets on file that are not active."""
    for secret in context.other_secrets:
        words = f"the secret “{visible(secret.name)}”, which is saved but not active"
        yield Variant(value=secret.key, words=words, detail={"secret": secret.name})


def empty(context: DiagnosisContext) -> Iterator[Variant[bytes]]:
    """Yield the empty key: the sender has no secret, but signs nevertheless."""
    yield Variant(value=b"", words="an empty secret")


_UNSET = ("undefined", "None", "null", "your-secret")


def unset(context: DiagnosisContext) -> Iterator[Variant[bytes]]:
    """Yield the texts that a missing value becomes, and the placeholders of examples."""
    for text in _UNSET:
        yield Variant(value=text.encode(), words=f"the text “{text}” as the secret", detail={"text": text})


def _variant(text: str, words: str, **detail: Any) -> Variant[bytes]:
    return Variant(value=_bytes(text), words=words, detail=dict(detail))


def _changed(text: str, changed: str, words: str) -> Iterator[Variant[bytes]]:
    if changed != text:
        yield _variant(changed, words)


def _bytes(text: str) -> bytes:
    """Return the bytes as `Secret.key` does. Text from unescaping can contain any surrogate."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _quote(text: str, *, plus: bool = False) -> str:
    return (quote_plus if plus else quote)(_bytes(text), safe="")


def _php_escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#039;")


def _ruby_escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;")


def _json_unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        found = json.loads(f'"{text}"')
    except ValueError:
        return text
    return found if isinstance(found, str) else text


def _blank_name(blank: str) -> str:
    names = {
        "\n": "newline",
        "\r\n": "Windows line end",
        "\r": "carriage return",
        " ": "space",
        "\t": "tab",
        "\u00a0": "no-break space",
        "\u200b": "zero-width space",
        "\ufeff": "byte order mark",
    }
    return names.get(blank, "whitespace character")
