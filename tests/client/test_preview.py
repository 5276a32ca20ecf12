"""What differs is told before it is sent, and what is not told of is sent as it came."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.client.edit import prepare
from inspector.client.preview import preview, preview_lines
from inspector.client.target import Target
from inspector.client.wire import reason_not_replayable
from inspector.domain.capture.capture import Capture, HeaderPairs
from inspector.domain.mask.mask import DOTS
from inspector.domain.replay.request_options import Edit, RequestOptions
from tests.builders import a_capture

TARGET = Target.parse("http://127.0.0.1:8787")


def told(capture: Capture, target: Target = TARGET, **manner: object) -> tuple[str, ...]:
    asked = RequestOptions(**manner)  # type: ignore[arg-type]
    key = b"key" if asked.sign_with else None
    return preview(capture, prepare(capture, target, asked, capture_id=7, key=key))


def came(*headers: tuple[bytes, bytes], body: bytes = b"{}") -> Capture:
    return a_capture(body)._replace(headers=headers)


def test_the_same_host_and_path_differ_in_nothing() -> None:
    assert told(a_capture()) == ()


def test_host_and_path_are_told_with_both_values() -> None:
    assert told(a_capture(target=b"/in/1?a=b"), Target.parse("http://localhost:3000/hook")) == (
        "The path /in/1?a=b becomes /hook, the path of the target URL.",
        "Host: 127.0.0.1:8787 becomes localhost:3000.",
    )


def test_what_came_in_chunks_goes_out_with_a_length_and_without_trailers() -> None:
    host = (b"Host", b"127.0.0.1:8787")
    chunked = came(host, (b"Transfer-Encoding", b"chunked"), (b"Trailer", b"Expires"))
    assert told(chunked) == (
        "It arrived in chunks and is sent in one piece with Content-Length. Trailers after the last chunk"
        " are not stored.",
        "Removed: Trailer.",
        "Content-Length: 2 is added.",
    )


def test_fields_of_the_connection_are_named() -> None:
    capture = came(
        (b"Host", b"127.0.0.1:8787"),
        (b"Connection", b"keep-alive, X-Once"),
        (b"X-Once", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Content-Length", b"2"),
    )
    assert told(capture) == ("Removed: Connection, X-Once, Keep-Alive.",)


def test_repeats_that_are_dropped_are_counted() -> None:
    host = (b"Host", b"127.0.0.1:8787")
    assert told(came(host, host, (b"Content-Length", b"2"))) == ("Host arrived twice and is sent once.",)


def test_an_edit_says_that_the_signature_is_stale() -> None:
    said = told(a_capture(b'{"a":1}'), edit=Edit(body=b"{}", method="PUT"))
    assert said == (
        "The method is edited: POST becomes PUT.",
        "Content-Length: 7 becomes 2.",
        "The body is edited: 7 bytes become 2.",
        "The signature is unchanged and no longer matches the body."
        " Receivers that verify it will reject the request.",
    )


def test_a_body_that_the_documented_check_would_print_otherwise_is_told_when_it_is_signed_again() -> None:
    assert told(a_capture(b"{}"), sign_with="production") == (
        "The signature is new and matches the sent bytes.",
    )
    said = told(a_capture(b"{}"), edit=Edit(body=b'{ "a": 1 }'), sign_with="production")
    assert "the documented Node check would reject" in said[-1]


def test_own_headers_and_the_marker_are_told_without_the_values_that_may_be_credentials() -> None:
    target = replace(TARGET, headers=((b"Authorization", b"Bearer top-secret"),))
    said = told(a_capture(), target, has_marker=True)
    assert said == ("Authorization is added.", "x-webhook-inspector-replay: 7 marks it as a replay.")
    replaced = told(a_capture(headers=((b"authorization", b"Basic old"),)), target)
    assert replaced == ("authorization gets another value.",)


def lines(capture: Capture, target: Target = TARGET, **manner: object) -> tuple[list[str], tuple[str, ...]]:
    asked = RequestOptions(**manner)  # type: ignore[arg-type]
    key = b"key" if asked.sign_with else None
    hidden = frozenset(name.lower() for name, _ in target.headers)
    found, notes = preview_lines(capture, prepare(capture, target, asked, capture_id=7, key=key), hidden)
    pairs = ((("−", line.before), ("+", line.after)) for line in found)
    return [f"{sign} {text}" for pair in pairs for sign, text in pair if text is not None], notes


def test_changed_headers_are_lines_and_the_rest_are_sentences() -> None:
    assert lines(a_capture()) == ([], ())
    found, notes = lines(a_capture(b'{"a":1}'), edit=Edit(body=b"{}", method="PUT"))
    assert found == ["− Content-Length: 7", "+ Content-Length: 2"]
    assert notes[0] == "The method is edited: POST becomes PUT."
    assert "no longer matches the body" in notes[1]


def test_a_new_signature_is_a_line_and_credentials_of_the_target_are_masked() -> None:
    target = replace(TARGET, headers=((b"Authorization", b"Bearer top-secret"),))
    capture = a_capture(b"{}", headers=((b"authorization", b"Basic old"),))
    found, notes = lines(capture, target, sign_with="production", edit=Edit(body=b'{"b":1}'))
    assert "− authorization: Basic old" in found
    assert f"+ Authorization: {DOTS}" in found
    assert not any("top-secret" in line for line in found)
    assert notes == ()


pairs = st.tuples(
    st.sampled_from([b"Host", b"host", b"X-A", b"x-a", b"X-B", b"Content-Length", b"x-webhook-signature"]),
    st.sampled_from([b"127.0.0.1:8787", b"2", b"other", b""]),
)


@settings(max_examples=400)
@given(
    headers=st.lists(pairs, max_size=6).map(tuple),
    edited=st.none() | st.lists(pairs, max_size=6).map(tuple),
    own=st.lists(st.tuples(st.sampled_from([b"X-A", b"X-C"]), st.just(b"own")), max_size=2).map(tuple),
)
def test_nothing_that_differs_is_left_unsaid(
    headers: HeaderPairs, edited: HeaderPairs | None, own: HeaderPairs
) -> None:
    capture = came(*headers)
    assert reason_not_replayable(capture) is None
    prepared = prepare(
        capture, replace(TARGET, headers=own), RequestOptions(edit=Edit(headers=edited)), capture_id=7
    )
    if not preview(capture, prepared) or not any(preview_lines(capture, prepared)):
        assert prepared.request.headers == headers
