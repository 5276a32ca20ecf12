"""The bytes of an answer."""

from __future__ import annotations

from inspector.capture.response import Response, problem, wire


def test_an_answer_is_a_status_a_date_and_a_length() -> None:
    assert wire(Response(), True, False, False, 0) == (
        b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
    )


def test_an_old_sender_is_told_that_it_is_kept_and_a_new_one_that_it_is_not() -> None:
    assert b"Connection: keep-alive\r\n" in wire(Response(), True, True, False, 0)
    assert b"Connection" not in wire(Response(), True, False, False, 0)
    assert b"Connection: close\r\n" in wire(Response(), False, False, False, 0)


def test_statuses_without_a_body_have_no_length_either() -> None:
    for status in (204, 304):
        data = wire(Response(status=status, body=b"never sent"), True, False, False, 0)
        assert data.endswith(b"\r\n\r\n")
        assert b"Content-Length" not in data


def test_a_status_nobody_has_named_is_written_all_the_same() -> None:
    assert wire(Response(status=299), True, False, False, 0).startswith(b"HTTP/1.1 299 \r\n")


def test_a_problem_is_told_by_its_status_alone() -> None:
    data = wire(problem(503, ("Retry-After", "5")), False, False, False, 0)
    assert b"\r\nRetry-After: 5\r\n" in data
    assert data.endswith(b"\r\n\r\n503 Service Unavailable\n")
