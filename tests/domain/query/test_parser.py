"""The query language: what a text means, and where a mistake is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.base.errors import UsageError
from inspector.domain.query.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse
from inspector.domain.query.tree import And, FieldTerm, Node, Not, Or, Phrase, QueryError, Word


def word(text: str) -> Word:
    return Word(text=text)


def both(*parts: Node) -> And:
    return And(parts=parts)


def either(*parts: Node) -> Or:
    return Or(parts=parts)


def without(part: Node) -> Not:
    return Not(part=part)


def mistake(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", both()),
        (" \t\n ", both()),
        ("crash", word("crash")),
        ("crash upload", both(word("crash"), word("upload"))),
        ("crash OR upload", either(word("crash"), word("upload"))),
        ("a b OR c d", either(both(word("a"), word("b")), both(word("c"), word("d")))),
        ("a (b OR c)", both(word("a"), either(word("b"), word("c")))),
        ("(a)(b)", both(word("a"), word("b"))),
        ("a or b", both(word("a"), word("or"), word("b"))),
        ("a AND b", both(word("a"), word("b"))),
        ("a AND b OR c AND d", either(both(word("a"), word("b")), both(word("c"), word("d")))),
        ("a AND (b OR c)", both(word("a"), either(word("b"), word("c")))),
        ("NOT a", without(word("a"))),
        ("a NOT b", both(word("a"), without(word("b")))),
        ("a AND NOT b", both(word("a"), without(word("b")))),
        ("NOT(a b)", without(both(word("a"), word("b")))),
        ("NOT NOT a", word("a")),
        ("-NOT a", word("a")),
        ("a and not b", both(word("a"), word("and"), word("not"), word("b"))),
        ("ANDroid NOTE", both(word("ANDroid"), word("NOTE"))),
        ('"AND" "NOT"', both(Phrase(text="AND"), Phrase(text="NOT"))),
        ("ORder", word("ORder")),
        ('"OR"', Phrase(text="OR")),
        ("-crash", without(word("crash"))),
        ("-(a b)", without(both(word("a"), word("b")))),
        ('-"a b" c', both(without(Phrase(text="a b")), word("c"))),
        ("--a", word("a")),
        ("a-b", word("a-b")),
        ("a - b", both(word("a"), word("-"), word("b"))),
        ("(-)", word("-")),
        ('"image upload"', Phrase(text="image upload")),
        (r'"say \"hi\" \\ \n"', Phrase(text='say "hi" \\ \\n')),
        ('{"ping":true}', word('{"ping":true}')),
        ("größe 使う", both(word("größe"), word("使う"))),
    ],
)
def test_a_text_means_this(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("survey:nps", FieldTerm(name="survey", op="contains", value="nps")),
        ('survey:"Continuous NPS"', FieldTerm(name="survey", op="contains", value="Continuous NPS")),
        ("survey:n*s", FieldTerm(name="survey", op="contains", value="n*s")),
        ("group:g-1", FieldTerm(name="group", op="equals", value="g-1")),
        ("user:user_*", FieldTerm(name="user", op="wildcard", value="user_*")),
        ('user:"a*b c"', FieldTerm(name="user", op="equals", value="a*b c")),
        ("user:-x", FieldTerm(name="user", op="equals", value="-x")),
        ("user:a:b", FieldTerm(name="user", op="equals", value="a:b")),
        ("event:answer", FieldTerm(name="event", op="is", value="answer")),
        ("event:completion", FieldTerm(name="event", op="is", value="response_group")),
        ("Verdict:INVALID", FieldTerm(name="verdict", op="is", value="invalid")),
    ],
)
def test_a_field_compares_as_its_entry_says(text: str, field: FieldTerm) -> None:
    assert parse(text) == field
    assert parse(f"-{text}") == without(field)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:3000/hook",
        "10:30",
        "mailto:a@example.com",
        "$5:b",
        "$.99",
        ":x",
        "ünter:x",
        "foo://x",
        "answer=42",
        "a.verdict=valid",
        "?id=17",
        "b=verdict=valid",
        "$5=5",
    ],
)
def test_a_colon_alone_makes_no_field(text: str) -> None:
    assert parse(text) == word(text)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("crash (a b", (6, 1), "not closed"),
        ("(", (0, 1), "not closed"),
        ("a b) c", (3, 1), "no opening one"),
        (")", (0, 1), "no opening one"),
        ("a ()", (3, 1), "These parentheses are empty"),
        ("OR a", (0, 2), "before this OR"),
        ("(OR a)", (1, 2), "before this OR"),
        ("a OR", (2, 2), "condition after this OR"),
        ("a OR OR b", (2, 2), "condition after this OR"),
        ("(a OR) b", (3, 2), "condition after this OR"),
        ("a -OR b", (2, 1), "condition after this minus"),
        ("AND a", (0, 3), "before this AND"),
        ("(AND a)", (1, 3), "before this AND"),
        ("a OR AND b", (2, 2), "condition after this OR"),
        ("a AND", (2, 3), "condition after this AND"),
        ("(a AND) b", (3, 3), "condition after this AND"),
        ("a AND AND b", (2, 3), "condition after this AND"),
        ("a AND OR b", (2, 3), "condition after this AND"),
        ("NOT", (0, 3), "condition after this NOT"),
        ("a NOT AND b", (2, 3), "condition after this NOT"),
        ("(NOT) a", (1, 3), "condition after this NOT"),
        ("a verdict=invalid", (2, 15), "A field needs a colon: verdict:invalid."),
        ("Verdict==invalid", (0, 16), "Verdict:invalid."),
        ("verdict!=valid", (0, 14), " -verdict:valid."),
        ("size>10kb", (0, 9), "size:>10kb."),
        ("size<=1mb", (0, 9), "size:<=1mb."),
        ("status=4xx", (0, 10), "status:4xx."),
        ("$.user_id=ada", (0, 13), "$.user_id:ada."),
        ("$[0]=x", (0, 6), "$[0]:x."),
        ('user="a b"', (0, 7), "user:user_*."),
        ("id=5&b=3", (0, 8), "id:17..99."),
        ('say "hi', (4, 3), "not closed"),
        ('user:"hi', (5, 3), "not closed"),
        ('a ""', (2, 2), "These quotes are empty"),
        ("a user:", (2, 5), "needs a value"),
        ("user: b", (0, 5), "needs a value"),
        ('user:""', (0, 7), "needs a value"),
        ("a verdict:wrong", (10, 5), "valid, rewritten, bytes-only, invalid, unsigned or unchecked"),
        ("kind:edited", (5, 6), "captured, sample, imported, cut or refused"),
        ("event:", (0, 6), "event:answer"),
        (
            "a nonsense:b",
            (2, 9),
            "Use survey, group, user, platform, trigger, question, type, nps, method, kind",
        ),
        ("a\ud800b", (1, 1), "half of a surrogate pair"),
        ("user:\0", (5, 1), "a NUL"),
        ("x" * (MAX_LENGTH + 3), (MAX_LENGTH, 3), "4,096"),
        ("a " * (MAX_TERMS + 1), (2 * MAX_TERMS, 2), "100 conditions"),
        ("(" * (MAX_DEPTH + 1) + "a", (MAX_DEPTH, 1), "nested 50 deep"),
        ("-(" * (MAX_DEPTH + 1) + "a", (2 * MAX_DEPTH + 1, 1), "nested 50 deep"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, place: tuple[int, int], says: str) -> None:
    error = mistake(text)
    assert (error.position, error.length) == place
    assert says in str(error)
    assert str(error).endswith(".")


def test_a_mistake_in_a_filter_is_wrong_usage() -> None:
    assert isinstance(mistake("("), UsageError)
    assert mistake("(").exit_status == 2


def test_what_is_just_within_the_bounds_is_taken() -> None:
    assert parse("x" * MAX_LENGTH) == word("x" * MAX_LENGTH)
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == word("a")
    assert parse("a " * MAX_TERMS) == both(*[word("a")] * MAX_TERMS)
    assert parse("-" * (MAX_LENGTH - 1) + "a") == without(word("a"))


PIECES = """
( ) - " \\ OR a user: verdict: valid * : x: $ . [ ] [*] [0] $.a size: > 9 kb since: 11:49 id: .. header: x=
status: 4xx is: 2026-02-30 $.a[*].b:c AND NOT verdict= $.a=
"""
QUERIES = st.lists(st.sampled_from([" ", *PIECES.split()])).map("".join)


@given(st.text(st.characters(), max_size=200) | QUERIES)
@example("-\u2028")
def test_no_text_is_beyond_an_answer(text: str) -> None:
    answer = read(text)
    if isinstance(answer, QueryError):
        assert 0 <= answer.position < len(text)
        assert 0 < answer.length <= len(text) - answer.position
    elif answer != both():
        assert read(f"({text} )") == answer


def read(text: str) -> Node | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error
