"""What a filter finds in a real file is what a plain evaluation of the same tree finds."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inspector.domain.capture.rows import AttemptDetail, AttemptRow
from inspector.domain.query import FIELDS, Clock, QueryError, parse
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.evaluation import evaluate
from inspector.store.file.database import connect
from inspector.store.query import selection
from inspector.store.store import Store
from inspector.store.write import attempts, captures, inboxes
from tests.builders import COMPLETION, a_capture, a_completion, a_secret, an_answer, signature
from tests.store.conftest import followed, put
from tests.store.evaluator import Known, finds

HOUR = 3_600_000
SIGNED = b"x-webhook-signature"
NOW = 1_700_000_000_000
CLOCK = Clock(now_ms=NOW, zone=UTC)


def nps(body: bytes) -> bytes:
    """Make each question one about recommending."""
    return body.replace(b"input_feedback", b"nps_feedback")


RECEIVED = [
    a_capture(an_answer("image upload crash")),
    a_capture(an_answer("image upload crash")),  # a redelivery
    a_capture(an_answer("Größe", user="u-2", order=2, at="2026-01-01T10:00:01Z"), signed=False),
    a_capture(an_answer("x", user="u-2").replace(b'"x"', rb'"gr\u00f6\u00dfe \/ \u0063rash"')),
    a_capture(a_completion("fine", "Crash * here"), received_ms=NOW - HOUR),
    a_capture(a_completion("late", user="u-3", at="2026-01-01T12:00:00Z"), received_ms=NOW - 2 * HOUR),
    a_capture(an_answer("early", user="u-3", at="2026-01-01T11:00:00Z")),  # out of order
    a_capture(nps(a_completion(["a", 5], None, 4.5, True, survey="s-2", name="NPS Ümlaut [x]", user=None))),
    a_capture(COMPLETION, received_ms=NOW - 25 * HOUR, target=b"/hook/a?b=%2F&caf\xc3\xa9"),
    a_capture(an_answer("a sample", user="u-9"), kind="sample"),
    a_capture(an_answer("brought", user="u-4", group="g-2"), kind="imported", method="PUT"),
    a_capture(an_answer("wrong"), signed=False, headers=((b"x-webhook-signature", b"00" * 32),)),
    a_capture(b'{"a":{"b c":[{"d":"deep"},[1,2,{"d":null}],"end"]},"a":"twice","n":-7,"empty":""}'),
    a_capture(b'{"question_id":7,"question_text":"q*?[x]","response":[],"user_id":"a*b"}'),
    a_capture(b'["top", {"response": "crash"}, 0, false]', headers=((b"X-Note", b"caf\xc3\xa9 50%"),)),
    a_capture(b'"only a text with crash"', headers=((b"x-note", b"caf\xe9"), (b"X_Note", b"other"))),
    a_capture(b"no json, crash\0and BINARY \xff\xfe after it"),
    a_capture(b""),
    a_capture(b"[" * 1500 + b'"deep crash"' + b"]" * 1500),
    a_capture(b"GET / nonsense", kind="refused", method="", target=b"", signed=False, answered=400),
    a_capture(b'{"half":', kind="cut", declared=900),
    a_capture(b'{"text":"' + b"x" * 11_000 + b' end"}', target=b"/100%_sure"),
    a_capture(b'{"esc\\u0061ped":"tab\\t\\u0000 after nul","q\\"":"quote"}'),
    a_capture(b'{"n":1e5,"big":12345678901234567890,"q":2.50,"deep":[{"a b":-0.5E-3}],"question_text":"x"}'),
    a_capture(b'{"q\\"":2E3}'),
    a_capture(nps(an_answer(7)).replace(b'"q-1"', b"12345678901234567890"), signed=False),
    a_capture(b'{ "rewritten": 1 }', signed=False, headers=((SIGNED, signature(b'{"rewritten":1}')),)),
    a_capture(b'{"not_canonical": 1}'),
]

Attempts = tuple[tuple[int | None, str], ...]
ATTEMPTS: dict[int, Attempts] = {
    1: ((500, "http-error"), (200, "ok")),
    2: ((200, "ok"), (404, "http-error")),
    5: ((None, "timeout"),),
    8: ((302, "http-error"),),
}
FORWARDED = {8}
"""Captures whose attempts are those of a forward."""
EDGES = {4: "eu-1", 17: "eu-2", 20: "us-1"}
"""Those of a shared inbox."""
MARKS = {1: (1, ""), 3: (0, "Ask Größe, 50%"), 9: (1, "crash")}


def an_attempt(capture_id: int, status: int | None, outcome: str) -> AttemptDetail:
    row = AttemptRow(
        id=0,
        capture_id=capture_id,
        target="http://localhost/",
        started_ms=NOW,
        status=status,
        elapsed_ms=1.0,
        outcome=outcome,  # type: ignore[arg-type]
        error=None,
        signature="original",
        edited=False,
        is_expected=outcome == "ok",
        forward_id=1 if capture_id in FORWARDED else None,
    )
    return AttemptDetail(row=row, response_headers=(), response_body=b"", is_response_cut=False)


async def _fill(path: Path) -> None:
    store = Store(path)
    store.become_listener("a test")
    ids = await put(store, *RECEIVED)
    assert ids == list(range(1, len(RECEIVED) + 1))
    await followed(store)
    sent = [an_attempt(id_, *one) for id_, several in ATTEMPTS.items() for one in several]
    await store.write(lambda connection: attempts.insert(connection, sent))
    marked = [(id_, *mark) for id_, mark in MARKS.items()]
    insertion = "INSERT INTO marks (capture_id, is_pinned, note) VALUES (?, ?, ?)"
    await store.write(lambda connection: connection.executemany(insertion, marked).rowcount)
    received = [(id_, inboxes.Origin(1, number, edge)) for number, (id_, edge) in enumerate(EDGES.items(), 1)]
    assert await store.write(lambda connection: inboxes.put(connection, received)) == set()
    await store.close(forget_deleted=False)


class File:
    """Assorted captures in a file, and what is known of each of them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.known = [_known(connection, id_) for id_ in range(1, len(RECEIVED) + 1)]

    def find(self, text: str) -> list[int]:
        """What the SQL finds."""
        node = parse(text)
        return list(selection.ids(self.connection, EVERYTHING, node, newest_first=False, clock=CLOCK))

    def evaluate(self, text: str) -> list[int]:
        """What plain Python finds."""
        return [one.id for one in self.known if finds(parse(text), one, CLOCK)]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[File]:
    """A file of assorted captures, and what is known of each of them."""
    path = tmp_path_factory.mktemp("selection") / "captures.db"
    asyncio.run(_fill(path))
    with contextlib.closing(connect(path, read_only=True)) as connection:
        yield File(connection)


def _known(connection: sqlite3.Connection, id_: int) -> Known:
    capture = RECEIVED[id_ - 1]
    judgement = evaluate(capture, (a_secret(),), is_secret_on_file=False)
    event = judgement.event
    codes = (finding.code for finding in captures.findings(connection, id_))
    key = (capture.kind == "sample", event.survey_id, event.group_id, event.user_id or "")
    name = connection.execute(
        "SELECT name FROM surveys WHERE is_sample = ? AND survey_id = ?", key[:2]
    ).fetchone()
    mark = connection.execute(
        "SELECT mark FROM respondents WHERE is_sample = ? AND survey_id = ? AND group_id = ? AND user_id = ?",
        key,
    ).fetchone()
    is_grouped = judgement.is_trusted and event.word != "unknown"
    names = (name[0] if name else None, getattr(event, "survey_name", None))
    return Known(
        id=id_,
        capture=capture,
        judgement=judgement,
        survey_names=tuple(text for text in names if text is not None),
        codes=frozenset(codes),
        mark=mark[0] if mark and is_grouped else None,
        is_pinned=bool(MARKS.get(id_, (0, ""))[0]),
        note=MARKS.get(id_, (0, ""))[1],
        attempts=ATTEMPTS.get(id_, ()),
        is_forwarded=id_ in FORWARDED,
        edge=EDGES.get(id_),
    )


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("$.n:100000", [24]),
        ("$.n:1e5", [24]),
        ("$.n:1E5", [24]),
        ("$.n:-7", [13]),
        ("$.big:1234567890123456789", [24]),
        ("$.q:2.5", [24]),
        (r'$."q\"":2000', [25]),
        ("$.deep:-0.5e-3", [24]),
        ("$:0.5E-3", [24]),
        ("question:12345678901234567890", [26]),
        ("question:1234567890123456789*", [26]),
        ("question:12345678901234567891", []),
        ("$.question_id:12345678901234567890", [26]),
        ("question:7", [14]),
        ('question:"How are you?"', [1, 2, 3, 4, 7, 10, 11, 12, 26]),
        ("question:q-2", [5, 8]),
        ("question:How*", [1, 2, 3, 4, 7, 10, 11, 12, 26]),
        ('question:"q*?[x]"', [14]),
        ("type:multi_select_feedback", [9]),
        ("platform:link trigger:x", []),
        ("method:put", [11]),
        ("kind:refused", [20]),
        ("verdict:rewritten", [27]),
        ("verdict:bytes-only", [4, 13, 15, 23, 24, 25, 28]),
        ("verdict:valid AND id:26..28", [27, 28]),
        ("NOT verdict:valid AND NOT verdict:unchecked", [3, 12, 26]),
        ("edge:eu-1", [4]),
        ("edge:eu-*", [4, 17]),
        ('edge:"eu-*"', []),
        ("-edge:*", [id_ for id_ in range(1, 29) if id_ not in EDGES]),
        ("path:/hook/", [9]),
        ("path:/100%_s", [22]),
        ("header:x-note", [15, 16]),
        ('header:x-note="café 50%"', [15]),
        ("header:x-note=café", [16]),
        ("header:x-note=caf*", [15, 16]),
        ("header:x_note=other", [16]),
        ("status:200", [1]),
        ("status:4xx", [2]),
        ("status:3xx", [8]),
        ("status:none", [5]),
        ("size:>10kb", [22]),
        ("size:0", [18]),
        ("id:3..5", [3, 4, 5]),
        ("before:1h", [6, 9]),
        ("since:1d before:1h", [6]),
        ("nps:0..6", [8]),
        ("nps:7", [26]),
        ("nps:8..10", []),
        ("is:pinned", [1, 9]),
        ("is:complete survey:s-1", [1, 2, 5, 6, 7]),
        ("is:partial", [4, 10, 11]),
        ("is:duplicate", [2]),
        ("is:out-of-order", [7]),
        ("is:late", [7]),
        ("is:again", [2]),
        ("is:replayed", [1, 2, 5]),
        ("is:forwarded", [8]),
        ("is:failed", [2, 5, 8]),
        ("is:sample", [10]),
        ("is:imported", [11]),
        ("is:refused", [20]),
        ("-is:trusted is:trusted", []),
        ("note:größe", [3]),
        ("note:50%", [3]),
        ("survey:ümlaut", [8]),
        ("survey:[x]", [8]),
        ("$.responses[*].response:crash", [5, 9]),
        ("$.response:crash", [1, 2, 4]),
        ("$.response:GRÖSSE", []),
        ("$.response:GRÖßE", [3, 4]),
        ("$.responses[0].response:5", [8]),
        ("$.responses[2].response:4.5", [8]),
        ("$.responses[*].response:true", [8]),
        ("$[*].response:crash", [15]),
        ("$[3]:false", [15]),
        ("$:crash", [1, 2, 4, 5, 9, 15, 16]),
        ('$.a."b c"[0].d:deep', [13]),
        ('$.a."b c"[*].d:deep', [13]),
        ("$.a:twice", [13]),
        ("$.escaped:tab", [23]),
        ("$.escaped:nul", [23]),
        (r'$."q\"":quote', [23]),
        ("binary", [17]),
        ("größe", [3, 4]),
        ('"e /"', [4]),
        ("%_", [22]),
        ("crash -$:crash", [17, 19]),
    ],
)
def test_each_field_finds_what_it_says(file: File, text: str, ids: list[int]) -> None:
    assert file.find(text) == ids
    assert file.evaluate(text) == ids


VALUES = [
    *(
        "crash",
        "s-1",
        "g-*",
        "u-2",
        "u-*",
        "*",
        "link",
        "home",
        "android",
        "eu-*",
        "q-1",
        "7",
        "input_*",
        "Größe",
    ),
    *(
        "gröSSe",
        "answer",
        "valid",
        "redelivery",
        "/hook",
        "x-note=caf*",
        "host",
        "200",
        "none",
        "2xx",
        ">300",
    ),
    *(
        "<1kb",
        "3..9",
        "7",
        "5",
        "1h",
        "2h",
        "12:00",
        "2023-11-14",
        "duplicate",
        "partial",
        "trusted",
        "ask",
        "%",
    ),
    *('"image upload"', "null", "true", "e", "[x]", "a*b", '"a*b"', "4.5", "end", "\\", "'", "_", "\0"),
]
PATHS = ["$", "$.a", "$.responses[*].response", "$[*]", "$[0]", '$.a."b c"[*].d', "$.response", "$.n"]
TERMS = (
    st.sampled_from(VALUES)
    | st.builds("{}:{}".format, st.sampled_from([*FIELDS, *PATHS]), st.sampled_from(VALUES))
    | st.sampled_from([f"{entry.name}:{word}" for entry in FIELDS.values() for word in entry.words])
)
QUERIES = st.recursive(
    TERMS,
    lambda inner: (
        st.builds("-({})".format, inner)
        | st.builds("({} {})".format, inner, inner)
        | st.builds("({} OR {})".format, inner, inner)
    ),
    max_leaves=6,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=QUERIES)
@example(text="-(is:complete OR status:4xx)")
@example(text="$:e")
@example(text="-$.a:x -question:q-1 -header:x-note=caf*")
def test_a_filter_finds_what_plain_python_finds(file: File, text: str) -> None:
    try:
        node = parse(text)
    except QueryError:
        return
    expected = file.evaluate(text)
    assert file.find(text) == expected
    everything = [one.id for one in file.known]
    assert selection.matching(file.connection, everything, EVERYTHING, node, CLOCK) == set(expected)
    chosen = selection.where(EVERYTHING, node, CLOCK)
    assert list(selection.ids_between(file.connection, chosen, 1, 99)) == expected[::-1]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | st.builds("{}:{}".format, st.sampled_from([*FIELDS, *PATHS]), st.text()))
@example(text="$.a:" + "x" * 4000)
@example(text="user:" + "*a" * 2000)
@example(text="é/" * 2000)
@example(text=" ".join(["$.a[*].b:é -type:x*"] * 50))
@example(text="-(" * 50 + "$:x" + ")" * 50)
def test_no_text_is_beyond_an_answer(file: File, text: str) -> None:
    with contextlib.suppress(QueryError):
        file.find(text)


def test_what_is_cheap_is_asked_first_so_that_few_bodies_are_read() -> None:
    text = selection.where(EVERYTHING, parse("$.a:x word header:y is:pinned (note:z OR user:u)"), CLOCK).text
    in_order = ["c.deletion", "is_pinned", "c.user_id", "m.note", "c.headers", "c.target", "json_each(CASE"]
    assert sorted(in_order, key=text.index) == in_order
