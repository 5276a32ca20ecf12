"""The ways in which other languages and tools print a parsed body: one entry each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inspector.domain.json.value import NotJSON, depth_exceeds, parse
from inspector.domain.signature.diagnosis.printing import (
    Printer,
    Traits,
    ascii_quoted,
    go_number,
    html_quoted,
    jq_number,
    jq_quoted,
    line_end_quoted,
    php_ascii_quoted,
    php_number,
    php_quoted,
    php_unicode_quoted,
    python_number,
    ruby_number,
    simplified,
)
from inspector.domain.signature.diagnosis.printing import traits as traits_of
from inspector.domain.stringify import Style, stringify

DEEPEST_READ = 10_000
"""Levels that Go's encoding/json reads. Python, PHP and V8 stop earlier, Ruby and jq at a few hundred."""

MAX_INDENTATION = 1_000_000
"""Maximum blanks. A pretty-printed body with more than these and four times its size is not tried."""
MAX_NAMED_BYTES = 2**20
"""For a longer body, not every matching dialect is named, because that means printing the body in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One serialiser with its options."""

    name: str
    """One of the stable names of `body-reserialised`."""
    tool: str
    """The language or program."""
    call: str
    """The call in its own language, or the tool itself if it has only one way."""
    style: Style

    @property
    def words(self) -> str:
        """`Python's json.dumps(value)`, `jq -cS .`."""
        return self.call if self.call.startswith(self.tool) else f"{self.tool}'s {self.call}"


_SPACED = Style(comma=", ", colon=": ", number=python_number)
_COMPACT = Style(number=python_number)
_JAVASCRIPT = Style(colon=": ", order="javascript")
_PYTHON_PRETTY = Style(colon=": ", number=python_number)
_PHP = Style(number=php_number, quoted=php_quoted)
_PHP_PRETTY = replace(_PHP, indent="    ", colon=": ")
_AS_ARRAYS = ("[]", "[]")
_GO_MAP = Style(number=go_number, quoted=html_quoted, order="code-point")
_RUBY = Style(number=ruby_number)
_JQ = Style(number=jq_number, quoted=jq_quoted)
_JQ_PRETTY = replace(_JQ, colon=": ")


def _python(name: str, options: str, style: Style) -> tuple[Dialect, Dialect]:
    """Return a call with ASCII output, the default, and one without."""
    options = f", {options}" if options else ""
    ascii_style = replace(style, quoted=ascii_quoted)
    in_ascii = Dialect(name=name, tool="Python", call=f"json.dumps(value{options})", style=ascii_style)
    call = f"json.dumps(value{options}, ensure_ascii=False)"
    return in_ascii, Dialect(name=name, tool="Python", call=call, style=style)


def _php(options: str, style: Style) -> tuple[Dialect, Dialect]:
    """Return a call with an object, and one with an array, in which an empty object is a list."""
    options = f", {options}" if options else ""
    return (
        Dialect(name="php", tool="PHP", call=f"json_encode($value{options})", style=style),
        Dialect(
            name="php",
            tool="PHP",
            call=f"json_encode($array{options})",
            style=replace(style, empty=_AS_ARRAYS),
        ),
    )


_IN_ASCII, _IN_UNICODE = _python("python", "", _SPACED)

DIALECTS: tuple[Dialect, ...] = (
    _IN_UNICODE,
    replace(_IN_ASCII, name="python-ascii"),
    *_python("python-compact", 'separators=(",", ":")', _COMPACT),
    *_php("", _PHP),
    *_php("JSON_UNESCAPED_SLASHES", replace(_PHP, quoted=php_ascii_quoted)),
    *_php("JSON_UNESCAPED_UNICODE", replace(_PHP, quoted=php_unicode_quoted)),
    *_php("JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE", replace(_PHP, quoted=line_end_quoted)),
    Dialect(name="go", tool="Go", call="json.Marshal of a map", style=_GO_MAP),
    Dialect(
        name="go",
        tool="Go",
        call="json.Marshal of a struct",
        style=replace(_GO_MAP, order="source"),
    ),
    Dialect(
        name="pretty-2",
        tool="JSON.stringify",
        call="JSON.stringify(value, null, 2)",
        style=replace(_JAVASCRIPT, indent="  "),
    ),
    Dialect(
        name="pretty-4",
        tool="JSON.stringify",
        call="JSON.stringify(value, null, 4)",
        style=replace(_JAVASCRIPT, indent="    "),
    ),
    Dialect(
        name="pretty-tab",
        tool="JSON.stringify",
        call='JSON.stringify(value, null, "\\t")',
        style=replace(_JAVASCRIPT, indent="\t"),
    ),
    Dialect(name="sorted", tool="RFC 8785", call="RFC 8785", style=Style(order="utf-16")),
    Dialect(
        name="go",
        tool="Go",
        call="json.Encoder of a map with SetEscapeHTML(false)",
        style=replace(_GO_MAP, quoted=line_end_quoted),
    ),
    *_python("python-sorted", "sort_keys=True", replace(_SPACED, order="code-point")),
    *_python("python-sorted", 'sort_keys=True, separators=(",", ":")', replace(_COMPACT, order="code-point")),
    Dialect(name="ruby", tool="Ruby", call="JSON.generate(value)", style=_RUBY),
    Dialect(name="ruby", tool="Rails", call="value.to_json", style=replace(_RUBY, quoted=html_quoted)),
    Dialect(
        name="ruby",
        tool="Ruby",
        call="JSON.pretty_generate(value)",
        style=replace(_RUBY, indent="  ", colon=": "),
    ),
    Dialect(
        name="ruby",
        tool="Ruby",
        call="JSON.pretty_generate(value), before json 2.8",
        style=replace(_RUBY, indent="  ", colon=": ", empty=("{\n}", "[\n\n]")),
    ),
    *_php("JSON_PRETTY_PRINT", _PHP_PRETTY),
    *_php(
        "JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE",
        replace(_PHP_PRETTY, quoted=line_end_quoted),
    ),
    *_python("pretty-2", "indent=2", replace(_PYTHON_PRETTY, indent="  ")),
    *_python("pretty-4", "indent=4", replace(_PYTHON_PRETTY, indent="    ")),
    *_python("pretty-tab", 'indent="\\t"', replace(_PYTHON_PRETTY, indent="\t")),
    Dialect(
        name="go",
        tool="Go",
        call="json.MarshalIndent of a map",
        style=replace(_GO_MAP, indent="  ", colon=": "),
    ),
    Dialect(name="pretty-2", tool="jq", call="jq .", style=replace(_JQ_PRETTY, indent="  ")),
    Dialect(name="pretty-4", tool="jq", call="jq --indent 4 .", style=replace(_JQ_PRETTY, indent="    ")),
    Dialect(name="pretty-tab", tool="jq", call="jq --tab .", style=replace(_JQ_PRETTY, indent="\t")),
    Dialect(name="sorted", tool="jq", call="jq -cS .", style=replace(_JQ, order="code-point")),
    Dialect(
        name="sorted", tool="jq", call="jq -S .", style=replace(_JQ_PRETTY, indent="  ", order="code-point")
    ),
    *_python(
        "python-sorted", "sort_keys=True, indent=2", replace(_PYTHON_PRETTY, indent="  ", order="code-point")
    ),
)
"""The most frequent first. To recognise another one, add an entry, and a line in `tests/data/dialects`."""


def styles(traits: Traits, size: int) -> dict[Style, list[Dialect]]:
    """Return the styles that can differ for a body of `size` bytes with these traits, each with its
    dialects."""
    found: dict[Style, list[Dialect]] = {}
    for dialect in DIALECTS:
        if traits.has_list_keys and dialect.style.empty == _AS_ARRAYS:
            continue
        style = simplified(dialect.style, traits)
        if traits.indentation * len(style.indent) <= MAX_INDENTATION + 4 * size:
            found.setdefault(style, []).append(dialect)
    return found


def fitting(printer: Printer, traits: Traits, size: int, printed: bytes) -> tuple[Dialect, ...]:
    """Return every dialect of `styles` that prints the value of `printer` as `printed`."""
    return tuple(
        dialect
        for style, dialects in styles(traits, size).items()
        if printer.printed(style) == printed
        for dialect in dialects
    )


def printing_of(body: bytes) -> tuple[Dialect, ...]:
    """Return every dialect that prints the value of a body as these bytes; none if it is large or not
    JSON."""
    if len(body) > MAX_NAMED_BYTES:
        return ()
    try:
        value = parse(body)
    except NotJSON:
        return ()
    if depth_exceeds(body, DEEPEST_READ):
        return ()
    found = traits_of(value, stringify(value))
    return fitting(Printer(value, is_plain=found.is_plain), found, len(body), body)


def as_words(dialects: Sequence[Dialect]) -> str:
    """Return `printed by Python's json.dumps(value) or jq .`: the shortest call of each tool."""
    *first, last = _by_tool(dialects)
    return f"printed by {', '.join(first)} or {last}" if first else f"printed by {last}"


def as_detail(dialects: Sequence[Dialect]) -> dict[str, object]:
    """Return the details for scripts: the most frequent dialect, followed by all of them."""
    return {
        "dialect": dialects[0].name,
        "call": _by_tool(dialects)[0],
        "dialects": list(dict.fromkeys(dialect.name for dialect in dialects)),
        "calls": list(dict.fromkeys(dialect.words for dialect in dialects)),
    }


def _by_tool(dialects: Sequence[Dialect]) -> list[str]:
    shortest: dict[str, str] = {}
    for dialect in dialects:
        shortest[dialect.tool] = min(shortest.get(dialect.tool, dialect.words), dialect.words, key=len)
    return list(shortest.values())
