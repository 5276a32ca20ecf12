"""Hypotheses on the body: other bytes than the received ones were signed."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

from inspector.base.visible import visible
from inspector.domain.json.value import JsonValue, NotJSON, parse_bounded
from inspector.domain.signature.diagnosis.context import BOM, DiagnosisContext, Lazy, Variant
from inspector.domain.signature.diagnosis.dialects import (
    DIALECTS,
    MAX_NAMED_BYTES,
    as_detail,
    as_words,
    fitting,
    styles,
)
from inspector.domain.signature.diagnosis.printing import (
    Printer,
    Traits,
    python_number,
    ruby_number,
    simplified,
    traits,
)
from inspector.domain.signature.first_difference import white_space
from inspector.domain.stringify import Style, stringify

_MAX_PARTS = 8
"""Maximum members of a body that are tried as the only signed part."""
_MAX_LISTED_BYTES = 64 * 1024
"""A longer body is not tried as a list of its bytes."""
_WITH_NEWLINE = ", with a newline at the end"


def reserialised(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield bodies parsed and printed by something other than JavaScript, with or without a final line
    break."""
    if not context.is_printable or context.parsed is None:
        return
    traits, printer = context.traits, context.printer
    in_javascript = simplified(Style(order="javascript"), traits)
    newline = white_space("signed", after="\n")
    is_named = len(context.body) <= MAX_NAMED_BYTES
    named = partial(_named, printer, traits, len(context.body))
    for style, dialects in styles(traits, len(context.body)).items():
        if style == in_javascript:
            continue
        made = cache(partial(printer.printed, style))
        words, detail = f"as {as_words(dialects)}", as_detail(dialects)
        yield Variant(value=made, words=words, detail=detail, named=named if is_named else None)
        yield Variant(
            value=_then(made, b"\n"),
            words=f"{words}{_WITH_NEWLINE}",
            detail={**detail, **newline},
            also=("body-newline",),
            named=partial(_named_with_newline, named) if is_named else None,
        )


def _named(printer: Printer, traits: Traits, size: int, signed: bytes) -> tuple[str, dict[str, Any]]:
    """Return every dialect that prints these bytes: different styles can print one body alike."""
    dialects = fitting(printer, traits, size, signed)
    return f"as {as_words(dialects)}", as_detail(dialects)


def _named_with_newline(
    named: Callable[[bytes], tuple[str, dict[str, Any]]], signed: bytes
) -> tuple[str, dict[str, Any]]:
    words, detail = named(signed.removesuffix(b"\n"))
    return f"{words}{_WITH_NEWLINE}", {**detail, **white_space("signed", after="\n")}


def newline(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield bodies with white space at the end, or around, that only one side has."""
    for message in context.messages:
        yield _ended(message, b"\n", "with a newline at its end")
    stripped = context.body.rstrip(b"\r\n")
    tail = context.body[len(stripped) :].decode()
    yield _made(stripped, "without the newline at its end", **white_space("came", after=tail))
    start, end = len(context.body) - len(context.body.lstrip()), len(context.body.rstrip())
    around = white_space("came", before=context.body[:start].decode(), after=context.body[end:].decode())
    yield _made(context.body.strip(), "without the whitespace around it", **around)
    for message in context.messages:
        yield _ended(message, b"\r\n", "with a Windows line end (CRLF) at its end")


def crlf(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield bodies with changed line ends."""
    unix = context.body.replace(b"\r\n", b"\n")
    yield _made(unix, "with Unix line ends (LF) instead of CRLF")
    yield _made(unix.replace(b"\n", b"\r\n"), "with Windows line ends (CRLF) instead of LF")


def bom(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield bodies with a byte order mark that only one side has."""
    if context.body.startswith(BOM):
        rest = context.body.removeprefix(BOM)
        yield _made(rest, "without the byte order mark (BOM) before it")
        yield Variant(value=lambda: _restringified(rest), words="without the byte order mark (BOM) before it")
        return
    for message in context.messages:
        yield _made(BOM + message, "with a byte order mark (BOM) before it")


def double_encoded(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield the body as a JSON string, or unwrapped from one."""
    for message in reversed(context.messages):
        text = message.decode("utf-8", "replace")
        yield Variant(
            value=partial(stringify, text),
            words="as a JSON string of JSON text (JSON.stringify called twice)",
        )
        yield Variant(
            value=lambda text=text: json.dumps(text).encode(),  # type: ignore[misc]
            words="as a JSON string of JSON text (json.dumps called twice)",
        )
    if context.parsed is not None and isinstance(context.parsed[0], str):
        inner = context.parsed[0].encode("utf-8", "backslashreplace")
        yield _made(inner, "unwrapped from the JSON string that it arrived in")
        yield Variant(
            value=lambda: _restringified(inner), words="unwrapped from the JSON string that it arrived in"
        )


def wrapped(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield the event that a relay put into a form field, or as a string into another object."""
    for one in context.wrapped:
        detail = {"wrapper": one.wrapper, "field": one.field}
        yield Variant(value=lambda text=one.text: text, words=one.words, detail=detail)  # type: ignore[misc]
        yield Variant(value=partial(_restringified, one.text), words=one.words, detail=detail)


_PYTHON = Style(comma=", ", colon=": ", quoted=repr, number=python_number, words=("None", "True", "False"))
_RUBY = Style(comma=", ", colon="=>", number=ruby_number, words=("nil", "true", "false"))


def not_serialised(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield objects converted to text by a language instead of to JSON."""
    yield _made(b"[object Object]", "as “[object Object]”: an object that was never serialised")
    if context.is_printable and context.parsed is not None:
        printed = context.printer.printed
        yield Variant(value=partial(printed, _PYTHON), words="as printed by Python's str(dict)")
        yield Variant(value=partial(printed, _RUBY), words="as printed by Ruby's Hash#inspect")
        since_3_4 = replace(_RUBY, colon=" => ")
        yield Variant(value=partial(printed, since_3_4), words="as printed by Ruby's Hash#inspect since 3.4")
    yield _made(repr(context.body).encode(), "as printed by Python's str(bytes) (b'…')")
    if len(context.body) <= _MAX_LISTED_BYTES:
        words = "as the bytes of a Buffer in JSON: JSON.stringify of a body that was not parsed"
        yield Variant(value=lambda: stringify({"type": "Buffer", "data": list(context.body)}), words=words)
    yield _made(b"undefined", "as “undefined”: the body had not been read")
    yield _made(b"Array", "as “Array”: PHP's name for an array that was never serialised")


def empty(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield the empty bodies that are signed if the body was not read, or was parsed as nothing."""
    for text in (b"", b"{}", b"null", b'""', b"[]"):
        shown = text.decode() or "no bytes at all"
        yield _made(text, f"as if it were empty ({shown})", signed=text.decode())


def part(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield parts of the body, of which only one was signed."""
    value = context.parsed[0] if context.is_printable and context.parsed is not None else None
    if not isinstance(value, dict):
        return
    names = [name for name in value if isinstance(value[name], (dict, list))]
    names.sort(key=lambda name: name != "responses")
    is_named = len(context.body) <= MAX_NAMED_BYTES
    for name in names[:_MAX_PARTS]:
        words = f"reduced to its member “{visible(name[:40])}”"
        detail = {"part": visible(name[:40])}
        yield Variant(value=partial(stringify, value[name]), words=words, detail=detail)
        printer = Printer(value[name])
        for dialect in DIALECTS[:3]:
            yield Variant(
                value=partial(printer.printed, dialect.style),
                words=f"{words}, as {as_words([dialect])}",
                detail={**detail, **as_detail([dialect])},
                also=("body-reserialised",),
                named=partial(_named_part, value[name], words, detail) if is_named else None,
            )


def _named_part(
    value: JsonValue, words: str, detail: dict[str, Any], signed: bytes
) -> tuple[str, dict[str, Any]]:
    found = traits(value, stringify(value))
    how, dialects = _named(Printer(value, is_plain=found.is_plain), found, len(signed), signed)
    return f"{words}, {how}", {**detail, **dialects}


def charset(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield other encodings of the same characters."""
    for message in context.messages:
        if message.isascii():
            for name in ("utf-16-le", "utf-16"):
                yield _recoded(message, "utf-8", name)
            continue
        for name in ("latin-1", "cp1252", "utf-16-le", "utf-16"):
            yield _recoded(message, "utf-8", name)
        # The bytes of one encoding read as another, and the reverse.
        for name in ("latin-1", "cp1252"):
            yield _recoded(message, name, "utf-8")
            yield Variant(
                value=partial(_twice, message, name),
                words=f"before it was read as {name} and encoded again",
                detail={"charset": name},
            )
        for errors in ("replace", "ignore"):
            words = (
                "with ? for each non-ASCII character"
                if errors == "replace"
                else "without its non-ASCII characters"
            )
            yield Variant(value=partial(_ascii, message, errors), words=words, detail={"charset": "ascii"})
        for form in ("NFC", "NFD"):
            yield Variant(
                value=partial(_normalised, message, form),
                words=f"in Unicode normalisation form {form}",
                detail={"charset": form},
            )
    if context.body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield _recoded(context.body, "utf-16", "utf-8")


def compressed(context: DiagnosisContext) -> Iterator[Variant[Lazy]]:
    """Yield the other form of a compressed body."""
    if context.content.is_decoded:
        yield _made(context.transferred, "as it was transferred, compressed")
    data = context.unpacked
    if data is None:
        return
    yield _made(data, "decompressed")
    yield Variant(value=lambda: _restringified(data), words="decompressed, as printed by JSON.stringify")


def _made(message: bytes, words: str, **detail: Any) -> Variant[Lazy]:
    return Variant(value=lambda: message, words=words, detail=dict(detail))


def _ended(message: bytes, end: bytes, words: str) -> Variant[Lazy]:
    after = message[len(message.rstrip()) :] + end
    return _made(message + end, words, **white_space("signed", after=after.decode()))


def _then(made: Callable[[], bytes], end: bytes) -> Lazy:
    return lambda: made() + end


def _recoded(message: bytes, decoding: str, encoding: str) -> Variant[Lazy]:
    words = f"in {encoding}" if decoding == "utf-8" else f"read as {decoding}"
    return Variant(
        value=partial(_transcoded, message, decoding, encoding),
        words=words,
        detail={"charset": encoding if decoding == "utf-8" else decoding},
    )


def _transcoded(message: bytes, decoding: str, encoding: str) -> bytes | None:
    try:
        return message.decode(decoding).encode(encoding)
    except UnicodeError:
        return None


def _twice(message: bytes, name: str) -> bytes | None:
    """Return the bytes before they were read as `name` and encoded in UTF-8."""
    return _transcoded(message, "utf-8", name)


def _ascii(message: bytes, errors: str) -> bytes:
    return message.decode("utf-8", "replace").encode("ascii", errors)


def _normalised(message: bytes, form: str) -> bytes:
    text = message.decode("utf-8", "replace")
    return (
        unicodedata.normalize("NFC", text) if form == "NFC" else unicodedata.normalize("NFD", text)
    ).encode()


def _restringified(body: bytes) -> bytes | None:
    try:
        return stringify(parse_bounded(body))
    except NotJSON:
        return None
