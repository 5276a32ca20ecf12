"""`sample`: what it asks first, and what it says when it is stopped half-way."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests import schemas
from tests.cli.wallet import WalletFile
from tests.e2e.program import PATIENCE_S, finish, receiving, running


def test_a_host_beyond_this_machine_is_refused_with_the_option_that_allows_it(tmp_path: Path) -> None:
    done = finish("sample", "--to", "http://192.0.2.1/", "--database", str(tmp_path / "captures.db"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "192.0.2.1 is not localhost. If samples may be sent there, use --allow-host 192.0.2.1.\n"
    )


def test_a_host_that_was_allowed_on_another_machine_is_refused(tmp_path: Path) -> None:
    database = ("--database", str(tmp_path / "captures.db"))
    forward = ("forward", "add", "http://192.0.2.1/", "--allow-host", "192.0.2.1", *database)
    assert finish(*forward).returncode == 0
    assert finish("settings", "hosts", *database).stdout == b"192.0.2.1\n"
    elsewhere = {"XDG_CONFIG_HOME": str(tmp_path / "elsewhere")}
    assert finish("settings", "hosts", *database, **elsewhere).stdout == b""
    done = finish("sample", "--to", "http://192.0.2.1/", *database, **elsewhere)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"use --allow-host 192.0.2.1." in done.stderr


@pytest.mark.parametrize("style", ["text", "json"])
def test_one_that_is_interrupted_says_how_many_were_sent(tmp_path: Path, style: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(PATIENCE_S)
        target = f"http://127.0.0.1:{server.getsockname()[1]}/"
        arguments = ("sample", "--to", target, "--database", str(tmp_path / "captures.db"))
        with running(*arguments, "--format", style) as program:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(PATIENCE_S)
                _read_request(connection)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                _read_request(connection)  # the second is never answered
                assert program.end() == (130, "")
            (line,) = program.rest()
    if style == "json":
        record = json.loads(line)
        assert (record["sent"], record["failed"], record["interrupted"]) == (1, 0, True)
    else:
        assert line.startswith("Sent 1 sample, signed with env:BLITZ_WEBHOOK_SECRET")
        assert "Interrupted" in line


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_rejection_is_explained_by_the_secret_that_signed(tmp_path: Path, style: str) -> None:
    options = ("--database", str(tmp_path / "captures.db"), "--format", style)
    with receiving() as (receiver, target):
        own = finish("sample", "--to", target, *options, "--secret-env", "NOT_OURS", NOT_OURS="x")
        receiver.took.clear()
        made = finish("sample", "--to", target, *options, BLITZ_WEBHOOK_SECRET="")
        assert len(receiver.took) == 14
        right = finish("sample", "--to", target, *options)
    assert (own.returncode, made.returncode, right.returncode) == (1, 1, 0)
    assert own.stderr.decode().splitlines()[-1] == (
        "The samples were signed with env:NOT_OURS. Check that the receiver has the same secret."
    )
    assert made.stderr.decode().splitlines()[-1] == (
        "No secret is set, so the samples were signed with a new one, and the receiver rejected them."
        " Set BLITZ_WEBHOOK_SECRET to the receiver's secret, or use --secret-file FILE."
    )
    assert right.stderr == b""


@pytest.mark.parametrize("status", [404, 500])
def test_a_receiver_that_fails_is_not_explained_by_a_secret(tmp_path: Path, status: int) -> None:
    with receiving() as (receiver, target):
        receiver.take = lambda *_: status  # type: ignore[method-assign]
        done = finish("sample", "--to", target, "--database", str(tmp_path / "captures.db"))
    assert done.returncode == 1
    assert f"responded {status}".encode() in done.stderr
    assert b"signed" not in done.stderr


def test_a_named_target_gets_samples_with_its_headers(tmp_path: Path) -> None:
    wallet = WalletFile(tmp_path / "wallet")
    database = ("--database", str(tmp_path / "captures.db"))
    environment = {**wallet.environment, "TOKEN": "abc"}
    with receiving() as (receiver, target):
        words = ("targets", "add", "staging", f"{target}/hook", "--header-env", "X-Token=TOKEN")
        assert finish(*words, *database, **environment).returncode == 0
        done = finish("sample", "--to", "staging", *database, **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(receiver.took) == 14
    assert {(to, headers["x-token"], right) for to, headers, _, right in receiver.took} == {
        ("/hook", "abc", True)
    }


def _read_request(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    (length,) = (
        int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)


def test_a_capture_is_saved_as_a_sample_and_sent_by_its_name(tmp_path: Path) -> None:
    database = ("--database", str(tmp_path / "captures.db"))
    body = b'{"a": 1.0}'
    file = tmp_path / "one.har"
    file.write_bytes(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n" + body)
    assert finish("import", str(file), *database).returncode == 0
    saved = finish("sample", "mine", "--save", "last", *database)
    assert saved.stdout.decode() == "Saved capture 1 as the sample mine.\n"
    assert finish("sample", "--list", *database).stdout.decode() == "mine\n"
    with receiving() as (receiver, target):
        sent = finish("sample", "mine", "--to", target, *database)
        assert sent.returncode == 0, sent.stderr
        assert sent.stdout.decode().startswith("Sent 1 sample, signed with ")
        assert [body in took for took in receiver.took] == [True]
        unknown = finish("sample", "min", "--to", target, *database)
    assert unknown.stderr.decode() == "There is no sample “min”. Did you mean 'mine'?\n"
    assert finish("sample", "mine", "--remove", *database).returncode == 0
    assert finish("sample", "--list", *database).stdout == b""


@pytest.mark.parametrize("given", [(), ("--remove",), ("a", "--remove", "--to", "http://127.0.0.1:9/")])
def test_an_incomplete_command_says_what_is_missing(tmp_path: Path, given: tuple[str, ...]) -> None:
    done = finish("sample", *given, "--database", str(tmp_path / "captures.db"))
    assert done.returncode == 2
    assert b"--to" in done.stderr or b"NAME" in done.stderr


def test_many_samples_are_told_one_by_one_and_summed_up(tmp_path: Path) -> None:
    options = ("--database", str(tmp_path / "captures.db"), "--seed", "3", "--duplicates", "0.1")
    with receiving() as (receiver, target):
        many = ("sample", "--to", target, *options, "--count", "60", "--wrong-secret", "0.2")
        done = finish(*many, "--format", "json")
        *deliveries, total = map(json.loads, done.stdout.splitlines())
        took = [body for _, _, body, _ in receiver.took]
        text = finish(*many)
        assert [body for _, _, body, _ in receiver.took[60:]] == took
    for one in deliveries:
        schemas.valid("sample-delivery", one)
    schemas.valid("sample-result", total)
    wrong = ["wrong-secret" in one["marks"] for one in deliveries]
    assert [one["status"] == 401 for one in deliveries] == wrong
    assert total["statuses"] == {"200": wrong.count(False), "401": wrong.count(True)}
    assert (total["failed"], total["rejected"], total["accepted"]) == (0, wrong.count(True), 0)
    assert (done.returncode, text.returncode) == (0, 0)
    lines = text.stdout.decode().splitlines()
    assert lines[0].startswith(f"Sent {wrong.count(False)} samples, signed with ")
    assert lines[1].startswith(f"Responses: {wrong.count(False)} × 200, {wrong.count(True)} × 401, in ")
    assert lines[2].startswith("Response times: median ")
    assert lines[3] == f"Rejected without a valid signature, as they should be: {wrong.count(True)}."


def test_a_receiver_that_accepts_a_wrong_signature_fails_the_run(tmp_path: Path) -> None:
    with receiving() as (receiver, target):
        receiver.take = lambda *_: 200  # type: ignore[method-assign]
        options = ("--database", str(tmp_path / "captures.db"), "--count", "10", "--unsigned", "1")
        done = finish("sample", "--to", target, *options)
    assert done.returncode == 1
    assert b"Accepted without a valid signature: 10. The receiver does not verify" in done.stderr


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("mine", "--drop-out", "0.1"), "--drop-out is about the built-in survey. Use it without NAME."),
        (("--out-of-order", "0.5", "--at-once", "2"), "--out-of-order needs one delivery at a time."),
        (("--unsigned", "0.6", "--wrong-secret", "0.6"), "add up to more than 1"),
        (("--drop-out", "30"), "a share from 0 to 1, such as 0.3"),
        (("--languages", "en,xx"), "There is no language “xx”."),
        (("--list", "--count", "3"), "--count sends a sample."),
    ],
)
def test_options_that_make_no_sense_together_are_wrong_usage(
    tmp_path: Path, given: tuple[str, ...], why: str
) -> None:
    to = () if "--list" in given else ("--to", "http://127.0.0.1:9/")
    done = finish("sample", *given, *to, "--database", str(tmp_path / "captures.db"))
    assert done.returncode == 2
    assert why in done.stderr.decode()
