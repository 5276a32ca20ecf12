"""Each snippet, run as a user would, delivers method, body and signature and does nothing else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from inspector.client.snippets.request import MAX_BODY, NotCopyable
from inspector.client.snippets.table import SNIPPETS, snippet
from inspector.client.target import Target
from inspector.domain.capture.capture import SIGNATURE_HEADER, Capture, HeaderPairs
from tests.builders import ANSWER, COMPLETION, a_capture

BAIT = "bait"
"""A file in the folder where snippets run; what it holds must never be sent."""
BAIT_TEXT = "the content of a file that nobody asked for"


@dataclass
class Received:
    """One request as it stood on the wire."""

    line: bytes
    headers: HeaderPairs
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key.lower() == name]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline().rstrip(b"\r\n")
        headers: list[tuple[bytes, bytes]] = []
        while text := self.rfile.readline().rstrip(b"\r\n"):
            name, _, value = text.partition(b":")
            headers.append((name, value.strip(b" \t")))
        received = Received(line, tuple(headers), b"")
        if received.values(b"transfer-encoding"):
            while size := int(self.rfile.readline(), 16):
                received.body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            received.body = self.rfile.read(int((received.values(b"content-length") or [b"0"])[0]))
        self.server.received.append(received)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
        if not line.startswith(b"HEAD"):
            self.wfile.write(b"ok")


@dataclass
class _Receiver:
    url: str
    received: list[Received] = field(default_factory=list)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    received: list[Received]


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        receiver = _Receiver(f"http://127.0.0.1:{server.server_address[1]}")
        server.received = receiver.received
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def command(name: str, text: str, folder: Path) -> list[str]:
    """How a user runs a snippet; skips where its client is not there, and says so."""
    python = Path(sys.executable).parent
    if name in ("curl", "httpie"):
        client = "curl" if name == "curl" else "http"
        if not shutil.which(client, path=f"{python}{os.pathsep}{os.environ['PATH']}"):
            pytest.skip(f"{client} is not installed")
        if not shutil.which("bash"):
            pytest.skip("bash is not installed")
        (folder / "snippet.sh").write_text(text, encoding="utf-8")
        return ["bash", "snippet.sh"]
    if name == "fetch":
        if not shutil.which("node"):
            pytest.skip("node is not installed")
        (folder / "snippet.mjs").write_text(text, encoding="utf-8")
        return ["node", "snippet.mjs"]
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    (folder / "snippet.py").write_text(text, encoding="utf-8")
    return [sys.executable, "snippet.py"]


def run(name: str, capture: Capture, receiver: _Receiver, folder: Path) -> Received:
    """Run the snippet for one client beside a bait, and give what arrived."""
    (folder / BAIT).write_text(BAIT_TEXT)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    text = snippet(name, capture, Target.parse(receiver.url))
    words = command(name, text, folder)
    done = subprocess.run(
        words,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
             "HTTPIE_CONFIG_DIR": str(folder / "config"), "http_proxy": "http://127.0.0.1:1"},
    )  # fmt: skip
    assert done.returncode == 0, (text, done.stderr)
    after = {path.name for path in folder.iterdir()} - {"config", "snippet.py", "snippet.mjs", "snippet.sh"}
    assert after == {path.name for path in before}
    (received,) = receiver.received
    assert BAIT_TEXT.encode() not in received.body + b"".join(value for _, value in received.headers)
    return received


_TRICKS = (
    "$(touch owned)`touch owned`${IFS}$HOME '; touch owned; ' \"; touch owned; \" '$(touch owned)"
    " \\'\\\\n\\x41%s%d%%{url} * ? [a-z] ~ !! !$ {a,b} {method!r}{0}{{}} é😀"
)
HOSTILE_BODIES = [
    COMPLETION,
    b"@bait",
    b"=bait",
    _TRICKS.encode(),
    b"line\nline\r\n\ttab \x03\x15touch owned\n\xe2\x80\xa8\xe2\x80\xae" + _TRICKS.encode(),
    b"\x00\x01\x1b[2J\x7f\xff\xfe",
    b"x" * 200_000,
]


@pytest.mark.parametrize("body", HOSTILE_BODIES, ids=[repr(body[:12]) for body in HOSTILE_BODIES])
@pytest.mark.parametrize("name", SNIPPETS)
def test_any_body_arrives_byte_for_byte(name: str, body: bytes, receiver: _Receiver, tmp_path: Path) -> None:
    capture = a_capture(body, target=b"/hook?a=1&b=%20")
    received = run(name, capture, receiver, tmp_path)
    assert received.body == body
    assert received.line == b"POST /hook?a=1&b=%20 HTTP/1.1"
    assert received.values(SIGNATURE_HEADER) == list(capture.values(SIGNATURE_HEADER))
    assert received.values(b"content-type") == [b"application/json"]


HOSTILE_HEADERS = [
    (b"X-A", b"@bait"),
    (b"X-A", b"=bait"),
    (b"X-A", b"'$(touch owned)'`touch owned` \"; touch owned; \" a:b;c=d@e * ~ !!"),
    (b"X-A", "%s %{http_code} {0} \\x41 é😀".encode()),
]


@pytest.mark.parametrize("header", HOSTILE_HEADERS, ids=[repr(value) for _, value in HOSTILE_HEADERS])
@pytest.mark.parametrize("name", SNIPPETS)
def test_a_header_is_a_value_and_nothing_else(
    name: str, header: tuple[bytes, bytes], receiver: _Receiver, tmp_path: Path
) -> None:
    received = run(name, a_capture(ANSWER, headers=(header,)), receiver, tmp_path)
    assert received.values(b"x-a") == [header[1]]
    assert received.body == ANSWER


@pytest.mark.parametrize("value", [b"", b"\xff\xfe", b"deadbeef'$(touch owned)'", b"\x1b[31m"], ids=repr)
@pytest.mark.parametrize("name", SNIPPETS)
def test_the_signature_arrives_exactly_or_the_client_is_declined(
    name: str, value: bytes, receiver: _Receiver, tmp_path: Path
) -> None:
    capture = a_capture(ANSWER, signed=False, headers=((b"X-Webhook-Signature", value),))
    try:
        received = run(name, capture, receiver, tmp_path)
    except NotCopyable:
        assert (
            name in {b"\xff\xfe": ("httpie", "aiohttp"), b"\x1b[31m": ("httpie", "aiohttp", "fetch")}[value]
        )
    else:
        assert received.values(SIGNATURE_HEADER) == [value]


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_the_method_is_kept(name: str, method: str, receiver: _Receiver, tmp_path: Path) -> None:
    capture = a_capture(b"", method=method, target=b"/a/../b//c?x=[1]&y={2,3}")
    received = run(name, capture, receiver, tmp_path)
    assert received.line.split()[0] == method.encode()
    assert received.body == b""


@pytest.mark.parametrize("name", SNIPPETS)
def test_nothing_is_put_beside_the_signature(name: str, receiver: _Receiver, tmp_path: Path) -> None:
    twice = ((b"X-Webhook-Signature", b"aa"), (b"x-webhook-signature", b"bb"))
    received = run(name, a_capture(ANSWER, signed=False, headers=twice), receiver, tmp_path)
    assert b", ".join(received.values(SIGNATURE_HEADER)) == b"aa, bb"  # as Node joins them


def test_curl_adds_no_header_of_its_own(receiver: _Receiver, tmp_path: Path) -> None:
    capture = a_capture(ANSWER, headers=((b"X-Odd", b"\xe9"), (b"X-Empty", b"")))
    received = run("curl", capture, receiver, tmp_path)
    assert sorted(received.headers, key=lambda pair: pair[0].lower()) == sorted(
        ((name, value if name != b"Host" else receiver.url[7:].encode()) for name, value in capture.headers),
        key=lambda pair: pair[0].lower(),
    )


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_comment_says_what_the_client_changes(name: str) -> None:
    first = snippet(name, a_capture(), Target.parse("http://127.0.0.1:3000/x")).splitlines()[0]
    assert first.startswith(("# ", "// "))
    assert "writes" in first


def test_what_fetch_refuses_is_told() -> None:
    with pytest.raises(NotCopyable, match="cannot send a body with GET"):
        snippet("fetch", a_capture(b"{}", method="GET"), Target.parse("http://127.0.0.1:3000/"))


def test_a_huge_body_is_not_for_the_clipboard() -> None:
    with pytest.raises(NotCopyable, match="too large for the clipboard"):
        snippet("curl", a_capture(b"x" * (MAX_BODY + 1)), Target.parse("http://127.0.0.1:3000/"))
