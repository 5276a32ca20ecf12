"""A parsed value in any style, whatever it nests and holds."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.domain.json.value import depth, parse
from inspector.domain.stringify import (
    NotJSON,
    Style,
    encoder,
    number_text,
    restringify,
    utf_8,
    walked,
    written,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=6), values, max_size=4),
    max_leaves=12,
)


def _source_text(value: Any, **options: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **options).encode("utf-8", "backslashreplace")


@given(JSON, st.sampled_from(["", " ", "\t", "    "]))
def test_it_prints_as_python_does_where_numbers_keep_their_text(value: Any, indent: str) -> None:
    """Lists of one kind, which are printed at once, and mixed ones alike."""
    style = Style(number=lambda number: number.source, indent=indent, colon=": " if indent else ":")
    body = _source_text(value, indent=indent or None, separators=(",", style.colon))
    assert utf_8("".join(written(parse(body), style))) == body


@given(JSON)
def test_what_the_walk_says_is_so(value: Any) -> None:
    body = _source_text(value)
    is_plain, has_index_keys = walked(parse(body))
    members: list[Any] = [value]
    for member in members:
        members += member.values() if isinstance(member, dict) else member if isinstance(member, list) else ()
    numbers = [one for one in members if type(one) in (int, float)]
    assert is_plain == all(type(one) is int and abs(one) < 2**53 for one in numbers)
    keys = [key for one in members if isinstance(one, dict) for key in one]
    assert has_index_keys == any("0" <= key[:1] <= "9" for key in keys)


@given(JSON, st.booleans())
def test_the_encoder_prints_as_the_standard_one(value: Any, is_ascii: bool) -> None:
    quoted = json.encoder.encode_basestring_ascii if is_ascii else json.encoder.encode_basestring
    assert encoder(quoted)(value) == json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("12345678901234567", "12345678901234568"),
        ("-12345678901234567", "-12345678901234568"),
        ("1152921504606846976", "1152921504606847000"),
        ("-1152921504606846976", "-1152921504606847000"),
        ("10000000000000000", "10000000000000000"),
        ("999999999999999999999", "1e+21"),
        ("99999999999999990000", "99999999999999980000"),
        ("1e20", "100000000000000000000"),
        ("-1.5e20", "-150000000000000000000"),
        ("1e21", "1e+21"),
        ("0.00001234", "0.00001234"),
        ("-1.25e-6", "-0.00000125"),
        ("1.5e-7", "1.5e-7"),
        ("-0.0", "0"),
        ("-1e400", "null"),
        ("5e-324", "5e-324"),
    ],
)
def test_numbers_are_laid_out_as_javascript_lays_them_out(source: str, text: str) -> None:
    value = parse(source.encode())
    assert isinstance(value, float)
    assert number_text(value) == text


def test_depth_is_no_obstacle() -> None:
    body = b'[1,{"a":' * 50_000 + b"null" + b"}]" * 50_000
    assert depth(body) == 100_000
    assert utf_8("".join(written(parse(body), Style()))) == body


VECTORS = Path(__file__).parents[1] / "data" / "stringify.jsonl"
DEEP = 100_000


def _restringified(body: bytes) -> bytes | None:
    try:
        return restringify(body)
    except NotJSON:
        return None


def test_every_vector_of_a_real_engine_is_met() -> None:
    """The vectors are made by `tests/data/stringify_generate.mjs`."""
    vectors = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    assert len(vectors) == 1750
    wrong = []
    for vector in vectors:
        printed = vector["stringify"]
        if _restringified(base64.b64decode(vector["body"])) != (printed and base64.b64decode(printed)):
            wrong.append(vector["id"])
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("1.0", "1"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("1e16", "10000000000000000"),
        ("-1.5e20", "-150000000000000000000"),
        ("1e21", "1e+21"),
        ("1e-6", "0.000001"),
        ("-1.25e-5", "-0.0000125"),
        ("1e-7", "1e-7"),
        ("1.5e-300", "1.5e-300"),
        ("1e400", "null"),
        ("-1e400", "null"),
        ("9007199254740993", "9007199254740992"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"),
        ("9" * 5000, "null"),
        ("5e-324", "5e-324"),
        ("2e-324", "0"),
    ],
)
def test_numbers_pass_through_float64(source: str, printed: str) -> None:
    assert restringify(f"[{source}]".encode()) == f"[{printed}]".encode()


def test_keys_like_array_indices_come_first_in_numeric_order_at_every_depth() -> None:
    body = b'{"b":{"x":1,"10":2,"9":3},"4294967295":0,"4294967294":0,"01":0,"-1":0,"0":0,"\\u0031":0}'
    assert restringify(body) == (
        b'{"0":0,"1":0,"4294967294":0,"b":{"9":3,"10":2,"x":1},"4294967295":0,"01":0,"-1":0}'
    )


def test_a_key_of_another_script_s_digits_is_no_index() -> None:
    body = '{"b":1,"٣":2,"1٣":3}'.encode()
    assert restringify(body) == body


def test_lone_surrogates_are_escaped_in_lower_case_and_pairs_are_joined() -> None:
    assert restringify(b'"\\uD83D\\uDE00 \\uDE00\\uD83D"') == b'"\xf0\x9f\x98\x80 \\ude00\\ud83d"'


def test_control_characters_are_escaped_and_nothing_else() -> None:
    body = '"\\u0000\\u001F\\u0008\\/\\u007f\\u2028é<>&"'.encode()
    assert restringify(body) == '"\\u0000\\u001f\\b/\x7f\u2028é<>&"'.encode()


def test_a_hundred_thousand_levels_are_printed() -> None:
    arrays = b"[" * DEEP + b"]" * DEEP
    assert restringify(arrays) == arrays
    assert restringify(b'{"a": ' * DEEP + b"1.0" + b"}" * DEEP) == b'{"a":' * DEEP + b"1" + b"}" * DEEP


def test_depth_does_no_harm_on_a_thread_s_small_stack() -> None:
    results: list[bytes] = []
    body = b"[" * 5000 + b"]" * 5000
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(restringify(body)))
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert results == [body]


@given(st.binary(max_size=80))
def test_printing_twice_changes_nothing_more(body: bytes) -> None:
    once = _restringified(body)
    assert once is None or restringify(once) == once


# Beside a real engine, where one is installed.

_SERVER = """
const rl = require('readline').createInterface({input: process.stdin});
rl.on('line', line => {
  let text = null;
  try { text = JSON.stringify(JSON.parse(Buffer.from(line, 'base64').toString('utf8'))); }
  catch (error) { if (!(error instanceof SyntaxError)) throw error; }
  console.log(text === null ? 'null' : Buffer.from(text, 'utf8').toString('base64') || '""');
});
"""


@pytest.fixture(scope="module")
def node() -> Iterator[subprocess.Popen[str]]:
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed: the vectors of a real engine stand in for it")
    process = subprocess.Popen(
        [program, "-e", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    assert process.stdin is not None
    process.stdin.close()
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


_NUMBERS = (
    st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.integers().map(str)
    | st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
)
_STRINGS = st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii=False)) | st.from_regex(
    r'"(\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]|[a-z0-9 ])*"', fullmatch=True
)
_KEYS = _STRINGS | st.integers(0, 5_000_000_000).map(lambda number: f'"{number}"')
_SPACES = st.sampled_from(["", "", " ", "\n", "\t\r"])


def _nested(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arrays = st.tuples(st.lists(values, max_size=4), _SPACES).map(
        lambda parts: "[" + parts[1] + f",{parts[1]}".join(parts[0]) + "]"
    )
    objects = st.lists(st.tuples(_KEYS, _SPACES, values), max_size=5).map(
        lambda members: "{" + ",".join(f"{key}{space}:{value}" for key, space, value in members) + "}"
    )
    return arrays | objects


_DOCUMENTS = st.recursive(
    st.sampled_from(["null", "true", "false"]) | _NUMBERS | _STRINGS, _nested, max_leaves=25
).map(lambda text: text.encode("utf-8", "surrogatepass"))


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    document = bytearray(draw(_DOCUMENTS))
    document.insert(draw(st.integers(0, len(document))), draw(st.integers(0, 255)))
    return bytes(document)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=_DOCUMENTS | _damaged() | st.binary(max_size=40))
def test_a_real_engine_agrees_on_any_body(node: subprocess.Popen[str], body: bytes) -> None:
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(base64.b64encode(body).decode() + "\n")
    node.stdin.flush()
    answer = node.stdout.readline().strip()
    assert answer, "the engine ended"
    assert _restringified(body) == (None if answer == "null" else base64.b64decode(answer))
