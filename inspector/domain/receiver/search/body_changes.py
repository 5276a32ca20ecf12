"""What receivers sign instead of a body that their framework changed: hypotheses on the body, as in
`diagnosis/body_forms.py`, that only a receiver can have."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from inspector.domain.json.value import JsonValue
from inspector.domain.signature.diagnosis.context import DiagnosisContext, Lazy, Variant
from inspector.domain.signature.diagnosis.dialects import DIALECTS, Dialect, as_detail, as_words
from inspector.domain.signature.diagnosis.printing import Printer
from inspector.domain.stringify import Style

_JAVASCRIPT = Dialect(
    name="javascript", tool="JSON.stringify", call="JSON.stringify(value)", style=Style(order="javascript")
)
_CALLS = (
    "json.dumps(value)",
    "json.dumps(value, ensure_ascii=False)",
    'json.dumps(value, separators=(",", ":"))',
    'json.dumps(value, separators=(",", ":"), ensure_ascii=False)',
    "json_encode($value)",
    "json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE)",
    "JSON.generate(value)",
    "json.Marshal of a map",
)
_PRINTERS = tuple(
    (one, f", {as_words([one])}", as_detail([one]))
    for one in (_JAVASCRIPT, *(one for one in DIALECTS if one.call in _CALLS))
)
"""What prints a changed value, with its words and its detail."""


def changed(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield the body after a middleware changed its values or keys."""
    if not context.is_printable or context.parsed is None:
        return
    for change, (words, change_value) in CHANGES.items():
        printer = Printer(change_value(context.parsed[0]))
        for dialect, how, detail in _PRINTERS:
            is_javascript = dialect is _JAVASCRIPT
            yield Variant(
                value=partial(printer.printed, dialect.style),
                words=words if is_javascript else words + how,
                detail={"change": change, **({} if is_javascript else detail)},
            )
    text = context.body.decode("utf-8", "replace")
    for function, change_text in _TEXT_CHANGES:
        yield Variant(
            value=partial(_encoded, change_text, text),
            words=f"after {function} escaped the whole text for HTML",
            detail={"change": "html-body"},
        )


def as_form(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield what a parser of forms makes of JSON: an object whose key is the text."""
    # With these characters, parsers make several fields of it, each in its own way.
    if not context.body or context.body.translate(None, b"&=+%;[]") != context.body:
        return
    text = context.body.decode("utf-8", "replace")
    flat: JsonValue = {text: ""}
    lists: JsonValue = {text: [""]}
    for value, printers in ((flat, _PRINTERS), (lists, _PRINTERS[:3])):
        for dialect, how, detail in printers:
            yield Variant(
                value=partial(Printer(value).printed, dialect.style),
                words=f"parsed as a form{' with lists' if value is lists else ''}{how}",
                detail=detail,
            )


def in_base64(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield the body as AWS Lambda passes it on."""
    yield Variant(value=lambda: base64.b64encode(context.body), words="still encoded in base64")


_TEXT_CHANGES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("htmlspecialchars() of PHP", lambda text: html.escape(text).replace("&#x27;", "&#039;")),
    ("html.escape() of Python", html.escape),
    ("CGI.escapeHTML of Ruby", lambda text: html.escape(text).replace("&#x27;", "&#39;")),
)


def _encoded(change: Callable[[str], str], text: str) -> bytes:
    return change(text).encode()


def _walk(value: JsonValue, text: Callable[[str], Any], keep: Callable[[Any], bool]) -> Any:
    """Return a copy with changed strings, and without the members that are dropped."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        members = {key: _walk(item, text, keep) for key, item in value.items()}
        return {key: item for key, item in members.items() if keep(item)}
    if isinstance(value, list):
        return [_walk(item, text, keep) for item in value]
    return value


def _keys(value: JsonValue, rename: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {rename(key): _keys(item, rename) for key, item in value.items()}
    return [_keys(item, rename) for item in value] if isinstance(value, list) else value


def _texts(text: Callable[[str], Any], keep: Callable[[Any], bool] = lambda _: True) -> Callable[[Any], Any]:
    return partial(_walk, text=text, keep=keep)


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _sorted_on_top(value: JsonValue) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


def _number(text: str) -> Any:
    is_number = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and len(text) < 16
    return int(text) if is_number else text


def _validator_escaped(text: str) -> str:
    escaped = html.escape(text)
    return escaped.replace("/", "&#x2F;").replace("\\", "&#x5C;").replace("`", "&#96;")


def _depth_limited(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a change that leaves a value alone that is too deep for recursion."""

    def changed_value(value: Any) -> Any:
        try:
            return change(value)
        except RecursionError:
            return value

    return changed_value


CHANGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    name: (words, _depth_limited(change))
    for name, words, change in (
        (
            "trimmed-null",
            "after its texts were trimmed and empty ones became null",
            _texts(lambda t: t.strip() or None),
        ),
        ("trimmed", "after its texts were trimmed", _texts(str.strip)),
        ("empty-to-null", "after its empty texts became null", _texts(lambda t: t or None)),
        ("html-lt", "after < became &lt; in its texts", _texts(lambda t: t.replace("<", "&lt;"))),
        (
            "html-tags",
            "after < and > became &lt; and &gt; in its texts",
            _texts(lambda t: t.replace("<", "&lt;").replace(">", "&gt;")),
        ),
        ("html", "after its texts were escaped for HTML", _texts(html.escape)),
        (
            "html-php",
            "after its texts were escaped for HTML by PHP",
            _texts(lambda t: html.escape(t).replace("&#x27;", "&#039;")),
        ),
        (
            "html-validator",
            "after its texts were escaped for HTML by validator.js",
            _texts(_validator_escaped),
        ),
        ("null-removed", "without its null members", _texts(lambda t: t, lambda item: item is not None)),
        (
            "empty-removed",
            "without its empty members",
            _texts(lambda t: t, lambda item: item is not None and item != ""),
        ),
        ("sorted-top", "after its keys were sorted at the top level", _sorted_on_top),
        ("camel-case", "after its keys became camelCase", lambda value: _keys(value, _camel)),
        ("numbers", "after digits in its texts became numbers", _texts(_number)),
    )
}
"""The changes by the names for scripts, the most frequent first."""
