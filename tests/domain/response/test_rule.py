"""Response rules: text and rule are the same, sentences, impossible rules with their place, which ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.errors import UsageError
from inspector.domain.response.decision import decide, status_in_path
from inspector.domain.response.parts import RuleError, RuleResponse, WhichDeliveries
from inspector.domain.response.rule import ResponseRule

_SECONDS = st.integers(0, 600_000).map(lambda ms: ms / 1000)
_NAMES = st.from_regex(r"X-[A-Za-z0-9!'-]{1,12}", fullmatch=True)
_LATIN = st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")
_VALUES = st.text(_LATIN).map(str.strip)
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
_STATUSES = (
    st.builds(
        RuleResponse,
        status=st.integers(200, 599).filter(lambda status: status not in (204, 304)),
        after_s=_SECONDS,
        drip_s=_SECONDS,
        headers=st.lists(st.tuples(_NAMES, _VALUES), max_size=3).map(tuple),
    )
    | st.builds(RuleResponse, body=_TEXT)
    | st.builds(RuleResponse, body_file=_TEXT.map("/{}".format))
)
_OTHERS = st.sampled_from(("close", "reset")).flatmap(
    lambda kind: st.builds(RuleResponse, kind=st.just(kind), after_s=_SECONDS)
)
_WHICH = (
    st.just(WhichDeliveries())
    | st.builds(WhichDeliveries, kind=st.just("first"), number=st.integers(1, 1_000_000))
    | st.builds(WhichDeliveries, kind=st.just("every"), number=st.integers(2, 1_000_000))
    | st.builds(
        WhichDeliveries,
        kind=st.just("chance"),
        percent=st.integers(1, 100_000_000).map(lambda part: part / 1_000_000),
        seed=st.integers(0, 2**32 - 1),
    )
)
_WORDS = (
    "survey:nps",
    "first",
    "for",
    '"a first b"',
    "it's",
    "-is:sample",
    '"with"',
    "verdict:valid",
    "seed",
)
_WORD = st.sampled_from(_WORDS) | st.from_regex(r"[b-mж']{1,6}", fullmatch=True)
_QUERIES = st.lists(_WORD, max_size=4).map(" ".join)
_PIECES = ("503", "for", "first", "3", "'", '"', "\\", "@", "every", "with", "20%", "body")
_ALMOST_RULES = st.lists(st.sampled_from(_PIECES)).map(" ".join)


@given(query=_QUERIES, which=_WHICH, respond=_STATUSES | _OTHERS | st.just(RuleResponse(kind="never")))
def test_the_text_of_a_rule_gives_the_rule_again(
    query: str, which: WhichDeliveries, respond: RuleResponse
) -> None:
    rule = ResponseRule(query=query, which=which, respond=respond).checked()
    assert ResponseRule.parse(rule.text) == rule
    assert ResponseRule.parse(f"  {rule.text}\n") == rule


def place_of_error(text: str) -> int | None:
    """Return the place that the error of a rule names, or None if it is a rule."""
    try:
        rule = ResponseRule.parse(text)
    except RuleError as error:
        return error.position
    assert ResponseRule.parse(rule.text) == rule
    return None


@given(st.text(max_size=40) | _ALMOST_RULES)
def test_any_text_is_a_rule_or_an_error_with_its_place(text: str) -> None:
    assert (place_of_error(text) or 0) in range(len(text) + 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("503", "503 Service Unavailable"),
        ("299", "299"),
        ("503 for survey:nps first 3", "503 for the first 3"),
        ("429 first 1", "429 for the first one"),
        ("200 after 31s for survey:returns event:response_group", "Wait 31 s, then 200"),
        ("500 after 2m first 1000", "Wait 120 s, then 500, for the first 1,000"),
        ("close every 10", "Close without a response, every 10th"),
        ("reset after 500ms every 22", "Wait 0.5 s, then reset the connection, every 22nd"),
        ("never", "Never respond"),
        ("200 drip 10s every 111", "200, sent over 10 s, every 111th"),
        ("503 with 20% seed 7", "503 for 20 % of them"),
        ("relay http://localhost:3000/ for survey:checkout", "Relay the response of localhost:3000"),
    ],
)
def test_a_rule_is_a_sentence(text: str, sentence: str) -> None:
    assert ResponseRule.parse(text).sentence == sentence


@pytest.mark.parametrize(
    ("text", "part", "at", "reason"),
    [
        ("", "respond", "", "A rule begins with its response"),
        ("cloze", "respond", "cloze", "Did you mean 'close'?"),
        ("100", "respond", "100", "1xx is not a response"),
        ("604", "respond", "604", "A status is from 200 to 599, not 604."),
        ("503 fist 3", "respond", "fist", "Did you mean 'first'?"),
        ("503 first 0", "which", "0", "takes a number from 1 to 1,000,000, not 0"),
        ("503 first 9999999", "which", "9999999", "not 9,999,999"),
        ("503 every 1", "which", "1", "takes a number from 2"),
        ("503 with 0%", "which", "0%", "A probability is over 0 %"),
        ("503 with 101%", "which", "101%", "at most 100 %, not 101 %"),
        ("503 with 5% seed 99999999999", "which", "99999999999", "A seed is a number"),
        ("503 after 601s", "after", "601s", "at most 600 seconds, not 601"),
        ("503 after soon", "after", "soon", "is not a time"),
        ("503 for nowhere:x first 3", "query", "nowhere", "is not a filter field"),
        ("503 for first 3", "query", "for", "“for” needs a query"),
        ("503 first 3 every 2", "which", "every", "Use one of"),
        ("503 header 'A: b\r\nSet-Cookie: c'", "headers", "'A: b\r\nSet-Cookie: c'", "contains a line break"),
        ("503 header 'A: b\x1b'", "headers", "'A: b\x1b'", r"contains “\x1b”"),
        ("503 header 'A B: c'", "headers", "'A B: c'", "is not a header name"),
        ("503 header 'content-length: 9'", "headers", "'content-length: 9'", "is written by this program"),
        ("204 body x", "body", "x", "A 204 response has no body"),
        ("close body x", "body", "x", "“close” has no body"),
        ("never after 3s", "after", "3s", "“never” has no delay"),
        ("relay first 3", "which", "3", "takes every delivery of its forward"),
        ("503 body 'x", "respond", "'x", "This quote is not closed"),
    ],
)
def test_an_impossible_rule_is_refused_with_its_place(text: str, part: str, at: str, reason: str) -> None:
    with pytest.raises(RuleError) as refused:
        ResponseRule.parse(text)
    error = refused.value
    assert reason in str(error)
    assert error.part == part
    assert error.position == text.rindex(at) if at else error.position == 0
    assert f"character {error.position + 1}:" in str(error) or not text
    assert isinstance(error, UsageError)


def test_a_body_over_64_kib_is_refused() -> None:
    with pytest.raises(RuleError, match="at most 64 KiB"):
        ResponseRule(respond=RuleResponse(body="é" * 40_000)).checked()


def test_the_first_match_wins_and_others_are_passed_on() -> None:
    rules = [
        ResponseRule(id=1, which=WhichDeliveries(kind="first", number=2)),
        ResponseRule(id=2, is_on=False),
        ResponseRule(id=3, which=WhichDeliveries(kind="every", number=3)),
        ResponseRule(id=4, query="survey:nps"),
    ]
    counts: dict[int, int] = {}
    decided = [decide(rules, lambda rule: not rule.query, counts) for _ in range(8)]
    decided.append(decide(rules, lambda rule: bool(rule.query), counts))
    assert [None if rule is None else rule.id for rule in decided] == [1, 1, None, None, 3, None, None, 3, 4]
    assert counts == {1: 8, 3: 6, 4: 1}


def test_a_probability_takes_the_same_deliveries_each_time() -> None:
    chance = WhichDeliveries(kind="chance", percent=20, seed=7)
    taken = [count for count in range(1, 10_001) if chance.takes(count)]
    assert taken == [count for count in range(1, 10_001) if chance.takes(count)]
    assert 1_800 < len(taken) < 2_200
    assert (
        taken[:5]
        != [count for count in range(1, 99) if WhichDeliveries(kind="chance", percent=20).takes(count)][:5]
    )
    always = WhichDeliveries(kind="chance", percent=100)
    assert all(always.takes(count) for count in range(1, 1_000))


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/503", 503),
        (b"/in/k3v9q2m8/429?x=/200", 429),
        (b"http://localhost:8787/a/500#b", 500),
        (b"/100", None),
        (b"/600", None),
        (b"/503/", None),
        (b"/a503", None),
        (b"/%35%303", None),
        (b"503", None),
        (b"*", None),
        (b"http://503", None),
    ],
)
def test_the_last_segment_of_a_path_asks_for_a_status(target: bytes, status: int | None) -> None:
    assert status_in_path(target) == status
