"""The ways in which other languages and tools print a body that was parsed: one entry each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.domain.diagnosis.printing import (
    ascii_quoted,
    html_quoted,
    php_number,
    php_plain_quoted,
    php_quoted,
    php_unicode_quoted,
    python_number,
    ruby_number,
    source_number,
)
from inspector.domain.json_writer import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One serialiser with the options it was called with."""

    name: str
    """One of the stable names of `body-reserialised`."""
    call: str
    """What prints so, in its own language."""
    style: Style

    @property
    def owner(self) -> str:
        """Whose call it is, `Python's `; empty where the call says so itself."""
        language = self.name.partition("-")[0]
        return {"python": "Python's ", "php": "PHP's ", "go": "Go's ", "ruby": "Ruby's "}.get(language, "")


_SPACED = Style(comma=", ", colon=": ", number=python_number)
_COMPACT = Style(number=python_number)
_JAVASCRIPT = Style(colon=": ", order="javascript")
_PHP = Style(number=php_number, quoted=php_quoted)
_PHP_PRETTY = replace(_PHP, indent="    ", colon=": ")
_AS_ARRAYS = ("[]", "[]")

DIALECTS = (
    Dialect(name="python", call="json.dumps(value)", style=_SPACED),
    Dialect(name="python-ascii", call="json.dumps(value)", style=replace(_SPACED, quoted=ascii_quoted)),
    Dialect(
        name="python-compact",
        call='json.dumps(value, separators=(",", ":"))',
        style=replace(_COMPACT, quoted=ascii_quoted),
    ),
    Dialect(
        name="python-compact",
        call='json.dumps(value, separators=(",", ":"), ensure_ascii=False)',
        style=_COMPACT,
    ),
    Dialect(name="php", call="json_encode($value)", style=_PHP),
    Dialect(
        name="php",
        call="json_encode($array)",
        style=replace(_PHP, empty=_AS_ARRAYS),
    ),
    Dialect(
        name="php",
        call="json_encode($value, JSON_UNESCAPED_SLASHES)",
        style=replace(_PHP, quoted=ascii_quoted),
    ),
    Dialect(
        name="php",
        call="json_encode($value, JSON_UNESCAPED_UNICODE)",
        style=replace(_PHP, quoted=php_unicode_quoted),
    ),
    Dialect(
        name="php",
        call="json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE)",
        style=replace(_PHP, quoted=php_plain_quoted),
    ),
    Dialect(
        name="php",
        call="json_encode($array, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE)",
        style=replace(_PHP, quoted=php_plain_quoted, empty=_AS_ARRAYS),
    ),
    Dialect(name="go", call="json.Marshal of a map", style=Style(quoted=html_quoted, order="code-point")),
    Dialect(name="go", call="json.Marshal of a struct", style=Style(quoted=html_quoted)),
    Dialect(name="pretty-2", call="JSON.stringify(value, null, 2)", style=replace(_JAVASCRIPT, indent="  ")),
    Dialect(
        name="pretty-4", call="JSON.stringify(value, null, 4)", style=replace(_JAVASCRIPT, indent="    ")
    ),
    Dialect(
        name="pretty-tab", call='JSON.stringify(value, null, "\\t")', style=replace(_JAVASCRIPT, indent="\t")
    ),
    Dialect(name="sorted", call="keys sorted, as jq -cS and RFC 8785 do", style=Style(order="code-point")),
    Dialect(name="sorted", call="keys sorted as in RFC 8785", style=Style(order="utf-16")),
    Dialect(
        name="python-sorted",
        call="json.dumps(value, sort_keys=True)",
        style=replace(_SPACED, quoted=ascii_quoted, order="code-point"),
    ),
    Dialect(
        name="python-sorted",
        call="json.dumps(value, sort_keys=True, ensure_ascii=False)",
        style=replace(_SPACED, order="code-point"),
    ),
    Dialect(
        name="python-sorted",
        call='json.dumps(value, sort_keys=True, separators=(",", ":"))',
        style=replace(_COMPACT, quoted=ascii_quoted, order="code-point"),
    ),
    Dialect(
        name="python-sorted",
        call='json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)',
        style=replace(_COMPACT, order="code-point"),
    ),
    Dialect(name="ruby", call="JSON.generate(value)", style=Style(number=ruby_number)),
    Dialect(name="ruby", call="value.to_json, in Rails", style=Style(number=ruby_number, quoted=html_quoted)),
    Dialect(
        name="ruby",
        call="JSON.pretty_generate(value)",
        style=Style(number=ruby_number, indent="  ", colon=": ", empty=("{\n}", "[\n\n]")),
    ),
    Dialect(name="php", call="json_encode($value, JSON_PRETTY_PRINT)", style=_PHP_PRETTY),
    Dialect(
        name="php",
        call="json_encode($value, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE)",
        style=replace(_PHP_PRETTY, quoted=php_plain_quoted),
    ),
    Dialect(
        name="pretty-2",
        call="json.dumps(value, indent=2)",
        style=replace(_JAVASCRIPT, indent="  ", number=python_number, quoted=ascii_quoted, order="source"),
    ),
    Dialect(
        name="pretty-4",
        call="json.dumps(value, indent=4)",
        style=replace(_JAVASCRIPT, indent="    ", number=python_number, quoted=ascii_quoted, order="source"),
    ),
    Dialect(
        name="pretty-2",
        call="jq .",
        style=replace(_JAVASCRIPT, indent="  ", number=source_number, order="source"),
    ),
    Dialect(
        name="pretty-4",
        call="jq --indent 4 .",
        style=replace(_JAVASCRIPT, indent="    ", number=source_number, order="source"),
    ),
    Dialect(
        name="pretty-tab",
        call="jq --tab .",
        style=replace(_JAVASCRIPT, indent="\t", number=source_number, order="source"),
    ),
    Dialect(name="sorted", call="jq -cS .", style=Style(number=source_number, order="code-point")),
    Dialect(
        name="sorted",
        call="jq -S .",
        style=Style(number=source_number, order="code-point", indent="  ", colon=": "),
    ),
    Dialect(
        name="sorted",
        call="json.dumps(value, sort_keys=True, indent=2)",
        style=Style(number=python_number, quoted=ascii_quoted, order="code-point", indent="  ", colon=": "),
    ),
)
"""The commonest first. To tell another one, add an entry, and a line to `tests/data/dialects`."""
