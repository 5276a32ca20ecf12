"""Which captures a forward takes: its query plus the default conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspector.domain import query
from inspector.domain.capture.capture import Kind
from inspector.domain.query import And, FieldTerm, Node, Not, Or
from inspector.domain.signature.verdict import VerdictWord

_DEFAULTS: Mapping[str, Node] = {
    "is:trusted": FieldTerm(name="is", op="is", value="trusted"),
    "method:POST": FieldTerm(name="method", op="equals", value="POST"),
    "-is:sample": Not(part=FieldTerm(name="is", op="is", value="sample")),
}
"""The default conditions of a rule, as a query writes them and as its nodes."""
_TRUST = frozenset(("verdict", "is:trusted"))
"""A rule with one of these fields decides itself which captures are trusted enough."""
_SAMPLES = frozenset(("kind", "is:sample"))
"""Likewise for samples."""
_ANY_TRUST = "(is:trusted OR -is:trusted)"


def rule(text: str) -> Node:
    """Return the query `text`, by default limited to trusted POSTs that are not samples.

    A default does not apply if its field is anywhere in the query: `verdict:` or `is:trusted`, `method:`,
    `kind:` or `is:sample`. Raises QueryError.
    """
    node = query.parse(text)
    return And(parts=(*(_DEFAULTS[one] for one in _implied(node)), node))


def whole(text: str) -> str:
    """Return the query that finds what the rule `text` takes, with its defaults."""
    given = f"({text.strip()})" if text.strip() else ""
    return " ".join((*_implied(query.parse(text)), *filter(None, (given,))))


def _implied(node: Node) -> list[str]:
    """Return the defaults that apply to a query."""
    named = set(_named(node))
    about = {"is:trusted": _TRUST, "method:POST": {"method"}, "-is:sample": _SAMPLES}
    return [default for default, fields in about.items() if named.isdisjoint(fields)]


def with_untrusted(text: str) -> str:
    """Return the rule `text` for trusted and untrusted captures."""
    return f"{_ANY_TRUST} ({text.strip()})" if text.strip() else _ANY_TRUST


def takes_only_trusted(text: str) -> bool:
    """Return whether the rule `text` leaves the trust of captures to the default."""
    return _TRUST.isdisjoint(_named(query.parse(text)))


def in_words(text: str) -> str:
    """Return a description of a rule: `trusted POSTs`, `trusted POSTs: survey:nps`."""
    named = set(_named(query.parse(text)))
    trusted = "trusted " if _TRUST.isdisjoint(named) else ""
    what = f"{trusted}{'requests' if 'method' in named else 'POSTs'}"
    text = text.strip()
    if text.startswith(_ANY_TRUST):
        what, text = f"{what}, trusted or not", text.removeprefix(_ANY_TRUST).strip()
    return f"{what}: {text}" if text else what


def reason_left_out(
    text: str, verdict: VerdictWord, method: str, kind: Kind, *, is_trusted: bool, is_from_browser: bool
) -> str:
    """Return why the rule `text` did not take a capture, in a word or two."""
    named = set(_named(query.parse(text)))
    if kind == "cut":
        return "cut short"
    if kind == "sample" and _SAMPLES.isdisjoint(named):
        return "sample"
    if not is_trusted and _TRUST.isdisjoint(named):
        if is_from_browser:
            return "from a browser"
        return "untrusted" if verdict == "valid" else verdict
    if method != "POST" and "method" not in named:
        return "not POST"
    return "not matched by the forward’s filter"


def _named(node: Node) -> Iterator[str]:
    """Yield the fields that a query uses; for `is:`, including its word."""
    if isinstance(node, Not):
        yield from _named(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _named(part)
    elif isinstance(node, FieldTerm) and node.name == "is":
        yield f"is:{node.value}"
    else:
        yield getattr(node, "name", "")
