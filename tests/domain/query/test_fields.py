"""Each field of the registry: how its value is read, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from inspector.domain.json.json_path import MAX_STEPS
from inspector.domain.query import (
    FIELDS,
    AtPath,
    BetweenTerm,
    FieldTerm,
    HeaderTerm,
    Node,
    QueryError,
    field_names,
    parse,
)


def test_the_registry_has_the_fields_of_the_language_and_no_others() -> None:
    names = (
        "survey group user platform trigger question type nps method kind event verdict finding cause secret"
        " edge path header status size id since before is note $.path"
    )
    assert list(FIELDS) == names.split()


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_the_example_of_each_field_can_be_read(name: str) -> None:
    entry = FIELDS[name]
    assert list(field_names(parse(entry.example))) == [name]
    assert name == entry.name
    assert entry.help
    if entry.words:
        with pytest.raises(QueryError, match=r"takes (one of|a code)"):
            parse(f"{name}:not-a-known-word")
    assert set(entry.synonyms.values()) <= set(entry.words)
    for value in (*entry.words, *entry.suggested):
        assert list(field_names(parse(f"{name}:{value}"))) == [name]


@pytest.mark.parametrize(
    ("query", "guess"),
    [
        ("verdict:vaild", "verdict: has no value 'vaild'. Did you mean 'valid'?"),
        ("finding:secret-whitspace", "Did you mean 'secret-whitespace'?"),
        ("verdct:valid", "verdct: is not a filter field. Did you mean 'verdict'? Use quotes"),
    ],
)
def test_a_slip_of_the_pen_gets_one_suggestion_instead_of_a_list(query: str, guess: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert guess in str(caught.value)
    assert len(str(caught.value)) < 150


def test_codes_are_not_listed_in_an_error() -> None:
    with pytest.raises(QueryError, match="takes a code such as finding:secret-whitespace"):
        parse("finding:xyz")


def between(name: str, low: int | None, high: int | None) -> BetweenTerm:
    return BetweenTerm(name=name, low=low, high=high)


def header(name: str, op: str = "exists", value: str = "") -> HeaderTerm:
    return HeaderTerm(name="header", header=name, op=op, value=value)  # type: ignore[arg-type]


def at(value: str, *steps: str | int | None) -> AtPath:
    return AtPath(name="$.path", steps=steps, value=value)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("size:512", between("size", 512, 512)),
        ("size:>10kb", between("size", 10241, None)),
        ("size:>=10KB", between("size", 10240, None)),
        ("size:<1mb", between("size", None, 1048575)),
        ("size:<=7b", between("size", None, 7)),
        ("id:17", between("id", 17, 17)),
        ("id:17..99", between("id", 17, 99)),
        ("status:200", between("status", 200, 200)),
        ("status:4XX", between("status", 400, 499)),
        ("status:none", FieldTerm(name="status", op="is", value="none")),
        ("header:X-Request-Id", header("x-request-id")),
        ("header:a=", header("a", "equals", "")),
        ("header:a=b=c", header("a", "equals", "b=c")),
        ("header:a=text/*", header("a", "wildcard", "text/*")),
        ('header:a="b c*"', header("a", "equals", "b c*")),
        ('header:"a=b (c)"', header("a", "equals", "b (c)")),
        ("path:/a?b=1", FieldTerm(name="path", op="prefix", value="/a?b=1")),
        ("method:post", FieldTerm(name="method", op="equals", value="POST")),
        ("kind:Sample", FieldTerm(name="kind", op="is", value="sample")),
        ("is:Out-Of-Order", FieldTerm(name="is", op="is", value="out-of-order")),
        ('note:"ask them"', FieldTerm(name="note", op="contains", value="ask them")),
        ("$.responses[*].response:crash", at("crash", "responses", None, "response")),
        ('$."a name"[0]["b.c"]:"x y"', at("x y", "a name", 0, "b.c")),
        (r'$."say \"a\"":x', at("x", 'say "a"')),
        ("$:crash", at("crash")),
        ("$[2]:a:b", at("a:b", 2)),
    ],
)
def test_a_value_means_this(text: str, node: Node) -> None:
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a size:big", (7, 3), "size such as >10kb"),
        ("size:>1gb", (5, 4), "size such as"),
        ("id:x", (3, 1), "range such as 17..99"),
        ("id:9..5", (3, 4), "ends after it starts"),
        ("id:9223372036854775808", (3, 19), "ends after it starts"),
        ("status:2x", (7, 2), "class such as 4xx"),
        ("since:tomorrow", (6, 8), "time such as 15m"),
        ("before:2026-02-30", (7, 10), "time such as"),
        ("before:25:00", (7, 5), "time such as"),
        ("since:1969-01-01", (6, 10), "time such as"),
        ("header:a(b", (8, 1), "not closed"),
        ("header:=b", (7, 2), "a header's name"),
        ('header:a="b', (9, 2), "not closed"),
        ("is:delivered", (3, 9), "pinned, complete, partial"),
        ("is:", (0, 3), "is:partial"),
        ("b $.a:", (2, 4), "needs a value"),
        ("$.a..b:x", (3, 1), "A path continues"),
        ("$.a.*:x", (3, 1), "A path continues"),
        ("$.a[x]:x", (3, 1), "A path continues"),
        ('$."a"]:x', (1, 1), "A path continues"),
        ("$" + ".a" * (MAX_STEPS + 1) + ":x", (0, 2 * MAX_STEPS + 3), "20 steps"),
    ],
)
def test_a_wrong_value_is_told_at_its_place(text: str, place: tuple[int, int], says: str) -> None:
    with pytest.raises(QueryError) as told:
        parse(text)
    assert (told.value.position, told.value.length) == place
    assert says in str(told.value)
    assert str(told.value).endswith(".")
