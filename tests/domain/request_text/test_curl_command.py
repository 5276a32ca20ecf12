"""What `curl` would send, compared with the real curl where it is installed."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.request_text.curl_command import NotCurlError, read_curl
from inspector.domain.request_text.shell_words import NotShellError, shell_commands

URL = "http://127.0.0.1:8787/in?x=1"
BODY = '{"user_id":"user_123","responses":[]}'

COMMANDS = {
    "data": f"curl -d '{BODY}' {URL}",
    "data keeps the line breaks of an argument": f"curl --data $'{{\\n}}\\r\\n' {URL}",
    "data-raw with @": f"curl --data-raw '@home' {URL}",
    "two data": f"curl -d a=1 --data-binary b=2 {URL}",
    "json": f"curl --json '{BODY}' {URL}",
    "two json": f"curl --json '{{' --json '}}' {URL}",
    "headers": f"curl -H 'Content-Type: application/json' -H 'X-Signature: abc' -H 'Empty;' -H 'Accept:'"
    f" -d x {URL}",
    "attached values": f"curl -sSXPUT -dx -H'A: b' {URL}",
    "method and url": f"curl --request PATCH --url {URL} --data-binary x",
    "urlencode": f"curl --data-urlencode 'a b=c d&' --data-urlencode '=x y' --data-urlencode 'x y' {URL}",
    "get": f"curl -G -d q=1 {URL}",
    "user, agent, referer, cookie": f"curl -u me:pass -A agent/1 -e http://a/ -b c=d -d x {URL}",
    "chrome": f"""curl '{URL}' \\
  -H 'accept: application/json' \\
  -H 'x-webhook-signature: 473d' \\
  --data-raw $'{{"a":"it\\'s \\u0021 caf\u00e9 \\\\n"}}' \\
  --insecure""",
    "double quotes": f'curl "{URL}" -H "A: \\"b\\" \\\\ c" -d "it\'s"',
    "here-document without newlines": f"curl -d @- {URL} <<'END'\n{{\n}}\nEND",
    "here-document with newlines": f"curl --data-binary @- {URL} <<'END'\n{{\n}}\nEND",
    "here-string": f"curl --data-binary @- {URL} <<< 'x y'",
    "echo": f"echo -n '{BODY}' | curl -s --data-binary @- {URL} 2>&1 | cat > /dev/null",
    "printf": f"printf '%s' '{BODY}' | curl -s --json @- {URL}",
    "bytes": f"curl --data-binary $'\\xe9\\351\\x41' {URL}",
}


@pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="needs curl and bash"
)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_read_as_curl_sends_it(command: str) -> None:
    (request,) = read_curl(command)
    head = b"".join(b"%b: %b\r\n" % pair for pair in request.headers).replace(b": \r\n", b":\r\n")
    read = b"%b %b HTTP/1.1\r\n%b\r\n%b" % (request.method.encode(), request.target, head, request.body)

    assert read == _sent(command)


def _sent(command: str) -> bytes:
    """Return the bytes that the command really sends, without the version of curl."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.settimeout(5)
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65_536)
                head, _, body = data.partition(b"\r\n\r\n")
                lengths = [
                    int(line[15:])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ]
                while lengths and len(body) < lengths[0]:
                    body += connection.recv(65_536)
                received.append(head + b"\r\n\r\n" + body)
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        subprocess.run(
            [
                "bash",
                "-c",
                f"curl() {{ command curl -s --http1.1 --noproxy '*' \"$@\"; }}; {command}".replace(
                    ":8787", f":{port}"
                ),
            ],
            check=True,
            timeout=20,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        thread.join()
    lines = received[0].replace(f":{port}".encode(), b":8787").split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"User-Agent: curl/"))


def test_data_that_loses_its_newlines_suggests_data_binary() -> None:
    (request,) = read_curl(f"curl -d @- {URL} <<'END'\n{{\n\"a\": 1}}\nEND")

    assert request.body == b'{"a": 1}'
    assert request.cure is not None
    assert request.cure.note == "--data drops newlines: 10 bytes become 8."
    assert request.cure.request.body == b'{\n"a": 1}\n'
    assert (b"Content-Length", b"10") in request.cure.request.headers


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("curl -d @/etc/passwd http://h/", "--data @/etc/passwd names a file"),
        ("curl --json @event.json http://h/", "--json @event.json names a file"),
        ("curl --data-binary @- http://h/ < event.json", "--data-binary @- reads text that is not here."),
        ("make | curl -d @- http://h/", "--data @- reads text that is not here."),
        ("curl -H @headers http://h/", "--header @headers names a file"),
        ("curl -b jar.txt http://h/", "--cookie jar.txt names a file"),
        ("curl -F a=@b http://h/", "--form sends a multipart form"),
        ("curl -T a http://h/", "--upload-file sends a file"),
        ("curl --config a http://h/", "--config reads its options from a file"),
        ("curl --unheard-of 1 http://h/", "The curl option --unheard-of is not supported."),
        ("curl -d", "The value of --data is missing."),
        ("curl -d x", "The curl command has no URL."),
        ("curl -d x 'ftp://h/'", "ftp://h/ is not an HTTP address."),
        ("curl -d x 'http://h/a b'", "http://h/a b is not a URL."),
        ("curl -d 'x http://h/", "A quote (') is not closed."),
        ("curl -d x http://h/ <<A\n1", "The here-document A is not closed."),
        ('curl ^"http://h/^" ^\n -d x', "The command is quoted for cmd.exe. Copy it as cURL (bash)."),
        ("wget http://h/", "There is no curl command."),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(command: str, reason: str) -> None:
    with pytest.raises(NotCurlError) as caught:
        read_curl(command)

    assert str(caught.value).startswith(reason)


def test_several_commands_are_several_requests() -> None:
    requests = read_curl(
        "$ curl -d 1 http://a/1; cd /tmp && FOO=1 curl.exe -d 2 b/2\n# curl x\n"
        "/usr/bin/curl -d 3 http://c/3 http://d/4 --next -d 5 e"
    )

    assert [(request.target, request.body) for request in requests] == [
        (b"/1", b"1"), (b"/2", b"2"), (b"/3", b"3"), (b"/4", b"3"), (b"/", b"5"),
    ]  # fmt: skip


def test_a_command_that_cannot_be_read_does_not_hide_the_others() -> None:
    (request,) = read_curl("curl -d @secret.json http://h/1\ncurl -d 2 http://h/2")

    assert request.target == b"/2"
    (remark,) = request.remarks
    assert remark.startswith("1 more command is skipped: --data @secret.json names a file")


def test_nothing_is_expanded_or_run() -> None:
    (request,) = read_curl(
        'curl -H "Authorization: Bearer $TOKEN" -d "$(cat /etc/passwd) `id`" "http://h/${ID}"'
    )

    assert request.body == b"$(cat /etc/passwd) `id`"
    assert request.target == b"/${ID}"
    assert request.remarks == ("Used as written: $TOKEN, $(…), `…`, ${ID}. Nothing is expanded or run.",)


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1)))
def test_quoted_words_are_read_as_shlex_wrote_them(words: list[str]) -> None:
    (command,) = shell_commands(f"first {shlex.join(words)}")

    assert command.words == ["first", *words]


@given(st.text("curl -dHX@'\"\\$`<>|&;#()\n\r {}:/aE0xu\0\ud800é", max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(NotShellError):
        assert all(command.words for command in shell_commands(text))
    with suppress(NotCurlError):
        assert all(b" " not in request.target for request in read_curl(f"curl {text}"))
