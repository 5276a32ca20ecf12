"""What went wrong is said once, as a sentence that names the thing and what to do."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.builders import signature
from tests.e2e.program import finish, listening, records, running, send_raw
from tests.ports import free_port

BODY = b'{"a":1}'
_NO_WALLET = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def _said(*arguments: str, body: bytes = BODY, **environment: str) -> tuple[int, str]:
    done = finish(*arguments, body=body, **environment)
    return done.returncode, done.stderr.decode()


def test_a_secret_that_is_not_there_cannot_be_checked_with(tmp_path: Path) -> None:
    assert _said("verify", "--secret-env", "NOT_SET") == (
        3,
        "The environment variable NOT_SET is not set. Set it to the secret.\n",
    )
    status, said = _said("verify", "--secret-file", str(tmp_path / "none"))
    assert (status, said.count("\n")) == (3, 1)
    with listening(tmp_path / "captures.db") as (program, _):
        program.end()
    status, said = _said(
        "verify", "--secret-keyring", "production", "--database", str(tmp_path / "captures.db"), **_NO_WALLET
    )
    assert status == 3
    assert said.startswith("Cannot read the secret production, because this system has no secure keyring")
    assert said.count("\n") == 1


def test_an_empty_secret_is_said_once_to_be_empty(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\n")
    assert _said("verify", "--signature", "x", "--secret-file", str(file)) == (
        3,
        "The secret file:secret: it is empty, so it is not used.\n",
    )


def test_of_a_secrets_file_one_newline_is_dropped_and_a_carriage_return_is_diagnosed(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    signed = signature(BODY, "s3cret").decode()
    for content, status in ((b"s3cret", 0), (b"s3cret\n", 0), (b"s3cret\r\n", 1), (b"s3cret\n\n", 1)):
        file.write_bytes(content)
        done = finish("verify", "--signature", signed, "--secret-file", str(file), body=BODY)
        assert done.returncode == status, content
        assert (b"[secret-whitespace]" in done.stdout) == bool(status), content


@pytest.mark.parametrize("verb", ["list", "listen"])
def test_what_is_no_file_is_no_database(tmp_path: Path, verb: str) -> None:
    for name, what in ((str(tmp_path), "a folder"), ("/dev/null", "a device")):
        status, said = _said(verb, "--database", name)
        assert (status, said) == (3, f"{name} is {what}. Name a file for --database.\n")


def test_a_wrong_setting_is_told_with_its_file_and_in_whole_numbers(tmp_path: Path) -> None:
    file = tmp_path / "webhook-inspector" / "settings.json"
    file.parent.mkdir()
    file.write_text('{"untrusted_bytes": 1e15}')
    status, said = _said("list", XDG_CONFIG_HOME=str(tmp_path))
    assert (status, said.count("\n")) == (2, 1)
    assert str(file) in said
    status, said = _said("list", "--set", "untrusted_bytes=9999999999999")
    assert (status, said) == (
        2,
        "The setting untrusted_bytes takes a number from 0 to 1,099,511,627,776, not 9,999,999,999,999.\n",
    )


@pytest.mark.parametrize(
    "verb", [("list",), ("verify", "--signature", "x"), ("pin", "1"), ("check", "--to", "x")]
)
def test_an_unknown_setting_of_the_file_is_a_warning_and_not_an_error(
    tmp_path: Path, verb: tuple[str, ...]
) -> None:
    database = str(tmp_path / "captures.db")
    with listening(tmp_path / "captures.db") as (program, url):
        send_raw(url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        program.record()
        program.end()
    without = _said(*verb, "--database", database)
    file = tmp_path / "webhook-inspector" / "settings.json"
    file.parent.mkdir()
    file.write_text('{"future_setting": 1, "port": 0}')
    status, said = _said(*verb, "--database", database, XDG_CONFIG_HOME=str(tmp_path))
    warning = f"Unknown setting 'future_setting' in {file}. It is ignored and left in the file.\n"
    assert (status, said) == (without[0], warning + without[1])
    assert file.read_text() == '{"future_setting": 1, "port": 0}'


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_listener_on_every_address_prints_one_that_works_and_warns(tmp_path: Path, style: str) -> None:
    database = tmp_path / "captures.db"
    arguments = ("listen", "--port", "0", "--database", str(database), "--format", style)
    with running(*arguments, "--host", "0.0.0.0") as program:
        if style == "json":
            url = program.record()["listening"]
        else:
            url = program.said().removeprefix("Listening on ").split(". ")[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
        warning = program.told("Anyone on your network can send requests to ")
        assert warning.endswith(" Use --host 127.0.0.1 to prevent that.\n")
        for reached in (url, *re.findall(r"http://\S+/", warning)):
            assert send_raw(reached, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")
            program.line()
        program.end()
    assert all("0.0.0.0" not in record["target"] for record in records("list", "--database", str(database)))
    with running(*arguments) as program:
        program.told("") if style == "text" else program.record()
        assert "network" not in program.end()[1]


def test_a_port_in_use_is_told_with_the_option_for_a_free_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = _said("listen", "--port", str(port), "--database", str(tmp_path / "c.db"))
    assert status == 3
    assert re.fullmatch(rf"Port {port} is in use\. Use --port \d+\.\n", said)


def test_a_forward_to_a_listener_on_every_address_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    arguments = ("listen", "--port", port, "--database", str(tmp_path / "c.db"), "--host", "0.0.0.0")
    status, said = _said(*arguments, "--forward", f"http://127.0.0.1:{port}/")
    assert status == 2
    assert "is this listener, so" in said


def test_a_listener_starts_with_an_unknown_setting_and_uses_the_others(tmp_path: Path) -> None:
    file = tmp_path / "webhook-inspector" / "settings.json"
    file.parent.mkdir()
    port = free_port()
    file.write_text(f'{{"future_setting": [1], "port": {port}}}')
    arguments = ("listen", "--database", str(tmp_path / "captures.db"), "--format", "json")
    with running(*arguments, XDG_CONFIG_HOME=str(tmp_path)) as program:
        assert program.record() == {"listening": f"http://127.0.0.1:{port}/"}
        status, said = program.end()
    assert (status, said.count("future_setting")) == (0, 1)


def test_a_comma_beside_a_signature_makes_it_no_two() -> None:
    done = finish("verify", "--signature", f"{signature(BODY).decode()},", body=BODY)
    assert b"a comma next to the signature" in done.stdout
    assert b"2 signatures" not in done.stdout
    done = finish("verify", "--signature", "é", body=BODY)
    assert b"The signature has 2 bytes" in done.stdout


def test_a_refused_request_is_listed_with_what_it_was_and_why(tmp_path: Path) -> None:
    database = str(tmp_path / "captures.db")
    with listening(tmp_path / "captures.db", "--set", "body_bytes=10") as (program, url):
        send_raw(url, b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
        program.record()
        program.end()
    done = finish("list", "--database", database)
    line = done.stdout.decode().splitlines()[1]
    assert "POST /hook" in line
    assert "413 Its body is larger than the limit of 10 bytes. · POST /hook" in line


@pytest.mark.parametrize(
    "arguments",
    [("list", "--database"), ("verify", "--secret-env"), ("verify", "--secret-file"), ("listen", "--host")],
)
def test_an_empty_name_is_told_with_its_option(arguments: tuple[str, ...]) -> None:
    status, said = _said(*arguments, "")
    assert status == 2
    assert said == f"Invalid value '' for {arguments[1]}. Use a name.\n"
    assert _said("verify", "")[1] == "Invalid FILE ''. Use a name.\n"
