"""The requests that `curl` commands would send. Nothing is sent, and no file that they name is opened."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote_plus, urlsplit

from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.request_text.raw_request import MAX_REQUESTS, OtherReading, RawRequest
from inspector.domain.request_text.shell_words import NotShellError, ShellCommand, shell_commands

MAX_BODIES = 256 * 2**20
"""Maximum size of all bodies: a few URLs or here-documents can repeat a large one a thousand times."""
_PROMPT_WORDS = 4
_PROMPTS = ("$", "%", "sudo", "time", "command")
_CURL = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.DOTALL)
# possessive: each part of a line is tried once, whatever a text consists of
_FIRST_CURL = re.compile(
    r"(?m)^[ \t]*+(?:(?:[$%>] |sudo |[^\n'\"{}$%#]{1,80}+[$%#] )[ \t]*+)?+"
    r"(?:\w+=\S*+ )*+\S*\bcurl(?:\.exe)?[ \t]"
)
_CMD_QUOTES = re.compile(r'\bcurl(?:\.exe)?\s+\^"')
_FORM = b"application/x-www-form-urlencoded"
_DATA = {
    "--data": "data",
    "--data-ascii": "data",
    "--data-binary": "binary",
    "--data-raw": "raw",
    "--data-urlencode": "urlencode",
    "--json": "json",
}
_SHORT = {
    "d": "--data", "H": "--header", "X": "--request", "u": "--user", "A": "--user-agent",
    "e": "--referer", "b": "--cookie", "G": "--get", "I": "--head", "F": "--form",
    "T": "--upload-file", "K": "--config",
}  # fmt: skip
_REFUSED = {
    "--form": "sends a multipart form, which is not supported",
    "--form-string": "sends a multipart form, which is not supported",
    "--upload-file": "sends a file, and no file is opened here",
    "--config": "reads its options from a file, and no file is opened here",
}
# Options that do not change the request, or only how it is transferred.
_IGNORED_WITH_VALUE = frozenset(
    (  # noqa: SIM905 - a list of quoted words is unreadable
        "--cacert --capath --cert --ciphers --connect-timeout --connect-to --cookie-jar --dump-header "
        "--dns-servers --interface --keepalive-time --key --limit-rate --local-port --max-filesize "
        "--max-redirs --max-time --noproxy --output --output-dir --pass --proxy --proxy-user --rate "
        "--resolve --retry --retry-delay --retry-max-time --socks5 --speed-limit --speed-time --stderr "
        "--trace --trace-ascii --unix-socket --url-query --write-out --proto --proto-default --tls-max "
        "--proxy-header --netrc-file --variable"
    ).split()
)
_IGNORED_SHORT_WITH_VALUE = "cDEhmoPQrtUwxyYzC"
_IGNORED = frozenset(
    (  # noqa: SIM905 - a list of quoted words is unreadable
        "--anyauth --basic --compressed --digest --fail --fail-with-body --fail-early --globoff "
        "--http1.0 --http1.1 --http2 --http2-prior-knowledge --http3 --include --insecure --ipv4 --ipv6 "
        "--keepalive --location --location-trusted --netrc --no-alpn --no-buffer --no-keepalive --no- "
        "progress-meter --parallel --path-as-is --post301 --post302 --post303 --progress-bar --raw "
        "--remote-name --remote-header-name --retry-all-errors --retry-connrefused --show-error --silent "
        "--ssl --ssl-reqd --styled-output --tcp-fastopen --tcp-nodelay --tlsv1 --tlsv1.2 --tlsv1.3 "
        "--trace-time --verbose --disable"
    ).split()
)
_IGNORED_SHORT = "afgikjlnNOpqRsSvLZ046#123"


class NotCurlError(ValueError):
    """Raised if a command is not a request that can be read; `str(error)` is a sentence."""


def looks_like_curl(text: str) -> bool:
    """Return whether one of the first lines starts a `curl` command."""
    head = text[:4096]
    return _FIRST_CURL.search(head) is not None or re.search(r"\|\s*+curl[ \t]", head) is not None


def read_curl(text: str) -> list[RawRequest]:
    """Return the requests of the commands in a text, which may also have other commands.

    Commands that cannot be read are skipped, with a remark. Raises NotCurlError if none can be read.
    """
    if _CMD_QUOTES.search(text):
        raise NotCurlError("The command is quoted for cmd.exe. Copy it as cURL (bash).")
    try:
        commands = shell_commands(text)
    except NotShellError as error:
        raise NotCurlError(str(error)) from None
    requests: list[RawRequest] = []
    problems: list[str] = []
    size = 0
    for request in _requests(commands, problems):
        requests.append(request)
        size += len(request.body) + len(request.target)
        if len(requests) > MAX_REQUESTS:
            raise NotCurlError(f"The text has more than {MAX_REQUESTS:,} requests. Split it.")
        if size > MAX_BODIES:
            raise NotCurlError(
                f"The bodies have more than {MAX_BODIES // 2**20} MB in total. Split the text."
            )
    if not requests:
        raise NotCurlError(problems[0] if problems else "There is no curl command.")
    if problems:
        many = "1 more command is" if len(problems) == 1 else f"{len(problems):,} more commands are"
        skipped = f"{many} skipped: {problems[0]}"
        requests[0] = replace(requests[0], remarks=(*requests[0].remarks, skipped))
    return requests


def _requests(commands: Sequence[ShellCommand], problems: list[str]) -> Iterator[RawRequest]:
    """Yield the requests of the commands, and add to `problems` why some have none."""
    before: ShellCommand | None = None
    for command in commands:
        if (words := _arguments(command)) is not None:
            given = _input(command, before)
            for part in _parts(words):
                try:
                    yield from _Options(part, given).requests(command.expansions)
                except NotCurlError as error:
                    problems.append(str(error))
        before = command


def _arguments(command: ShellCommand) -> list[str] | None:
    """Return the words after `curl`, or None for another command."""
    words = _without_prompt(command.words)
    for place, word in enumerate(words):
        if _CURL.fullmatch(word):
            return words[place + 1 :]
        if word not in _PROMPTS:
            break
    return None


def _without_prompt(words: list[str]) -> list[str]:
    """Return the words after the prompt of a terminal: `me@laptop:~/in$`, `me@laptop in %`, `root@box:~#`."""
    for place, word in enumerate(words[:_PROMPT_WORDS]):
        if "@" not in words[0]:
            break
        if word.endswith(("$", "%", "#")):
            return words[place + 1 :]
    return words


def _parts(words: list[str]) -> Iterator[list[str]]:
    """Yield the arguments of each request: `--next` starts another one."""
    part: list[str] = []
    for word in words:
        if word in ("--next", "-:"):
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _input(command: ShellCommand, before: ShellCommand | None) -> str | None:
    """Return what the command reads from its standard input, or None if that is not in the text."""
    if command.input is not None or command.input_file is not None:
        return command.input
    if not command.is_piped or before is None or before.is_piped:
        return None
    name, *words = [word for word in _without_prompt(before.words) if word not in _PROMPTS] or [""]
    if name == "cat" and not words:
        return before.input
    if name == "echo" and words:
        end = "" if words[0] == "-n" else "\n"
        return " ".join(words[words[0] == "-n" :]) + end
    if name == "printf" and words:
        if len(words) == 1 and not re.search(r"[%\\]", words[0]):
            return words[0]
        if len(words) == 2 and words[0] in ("%s", r"%s\n"):
            return words[1] + ("\n" if len(words[0]) > 2 else "")
    return None


@dataclass(slots=True)
class _Body:
    """The body of a command as far as its options were read."""

    data: bytearray | None = None
    binary: bytearray = field(default_factory=bytearray)
    """The same with the line breaks that `--data` removes."""

    def add(self, data: bytes, binary: bytes, joint: bytes) -> None:
        if self.data is None:
            self.data = bytearray()
        else:
            self.data += joint
            self.binary += joint
        self.data += data
        self.binary += binary


@dataclass(slots=True)
class _Options:
    """The arguments of one request, read from left to right."""

    words: list[str]
    given: str | None
    """The standard input, or None if it is unknown."""
    urls: list[str] = field(default_factory=list)
    method: str | None = None
    headers: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    """In order. None removes a header that curl would add."""
    preset: dict[str, str] = field(default_factory=dict)
    body: _Body = field(default_factory=_Body)
    is_json: bool = False
    is_get: bool = False
    is_head: bool = False

    def requests(self, expansions: list[str]) -> Iterator[RawRequest]:
        """Yield one request per URL."""
        self._read()
        remarks: tuple[str, ...] = ()
        if expansions:
            shown = ", ".join(shortened(visible(one), 40) for one in expansions)
            remarks = (f"Used as written: {shown}. Nothing is expanded or run.",)
        if not self.urls:
            raise NotCurlError("The curl command has no URL.")
        for url in self.urls:
            yield self._request(url, remarks)

    def _read(self) -> None:
        words = iter(self.words)
        is_over = False
        for word in words:
            if is_over or word == "-" or not word.startswith("-"):
                self.urls.append(word)
            elif word == "--":
                is_over = True
            elif word.startswith("--"):
                self._take(word, words)
            else:
                self._take_letters(word[1:], words)

    def _take_letters(self, letters: str, words: Iterator[str]) -> None:
        """Read `-sSXPOST`: letters up to the one that takes the rest, or the next word, as its value."""
        for place, letter in enumerate(letters):
            rest = letters[place + 1 :]
            if letter in _SHORT:
                name = _SHORT[letter]
                if name in ("--get", "--head"):
                    self._take(name, words)
                    continue
                self._take(name, iter([rest]) if rest else words)
                return
            if letter in _IGNORED_SHORT_WITH_VALUE:
                if not rest:
                    next(words, None)
                return
            if letter not in _IGNORED_SHORT:
                raise NotCurlError(f"The curl option -{visible(letter)} is not supported.")

    def _take(self, name: str, words: Iterator[str]) -> None:
        if name in _IGNORED or (name.startswith("--no-") and f"--{name[5:]}" in _IGNORED):
            return
        if name == "--get":
            self.is_get = True
            return
        if name == "--head":
            self.is_head = True
            return
        if name in _REFUSED:
            raise NotCurlError(f"{name} {_REFUSED[name]}.")
        value = next(words, None)
        if value is None:
            raise NotCurlError(f"The value of {shortened(visible(name), 40)} is missing.")
        if name in _DATA:
            self._take_data(name, value)
        elif name == "--header":
            self._take_header(value)
        elif name == "--url":
            self.urls.append(value)
        elif name == "--request":
            self.method = value
        elif name == "--cookie" and "=" not in value:
            raise self._opens(name, value)
        elif name in ("--user", "--user-agent", "--referer", "--cookie"):
            self.preset[name] = value
        elif name not in _IGNORED_WITH_VALUE:
            raise NotCurlError(f"The curl option {shortened(visible(name), 40)} is not supported.")

    def _take_header(self, line: str) -> None:
        if line.startswith("@"):
            raise self._opens("--header", line)
        name, colon, value = line.partition(":")
        if not colon and line.endswith(";"):
            self.headers.append((to_bytes(line[:-1].strip()), b""))
        elif colon and name.strip():
            stripped = to_bytes(value.strip())
            self.headers.append((to_bytes(name.strip()), stripped or None))

    def _take_data(self, name: str, value: str) -> None:
        kind = _DATA[name]
        self.is_json |= kind == "json"
        joint = b"" if kind == "json" else b"&"
        if kind == "urlencode":
            data = binary = self._encoded(value)
        elif kind != "raw" and value.startswith("@"):
            if value != "@-":
                raise self._opens(name, value)
            if self.given is None:
                raise NotCurlError(f"{name} @- reads text that is not here. Put the body into the command.")
            binary = to_bytes(self.given)
            # curl removes these from files, not from the text of an argument
            data = binary.translate(None, b"\r\n\0") if kind == "data" else binary
        else:
            data = binary = to_bytes(value)
        self.body.add(data, binary, joint)

    def _encoded(self, value: str) -> bytes:
        name, equals, content = value.partition("=")
        if "@" in name or (not equals and "@" in value):
            raise self._opens("--data-urlencode", value)
        if not equals:
            name, content = "", value
        encoded = quote_plus(to_bytes(content), safe="-._~")
        return to_bytes(f"{name}={encoded}" if name else encoded)

    def _opens(self, name: str, value: str) -> NotCurlError:
        shown = shortened(visible(value), 60)
        return NotCurlError(
            f"{name} {shown} names a file, and no file is opened from a command. Drop the file, or paste its"
            " content."
        )

    def _request(self, url: str, remarks: tuple[str, ...]) -> RawRequest:
        host, target, user = _parts_of(url)
        body, binary = bytes(self.body.data or b""), bytes(self.body.binary)
        has_body = self.body.data is not None and not self.is_get
        if self.is_get and self.body.data:
            target += (b"&" if b"?" in target else b"?") + body
            body = binary = b""
        usual = "HEAD" if self.is_head else "POST" if has_body else "GET"
        user = self.preset.get("--user", user)
        request = RawRequest(
            method=visible(self.method or usual)[:64],
            target=target,
            headers=self._headers(host, user, body, has_body=has_body),
            body=body,
            declared=len(body) if has_body else None,
            remarks=remarks,
        )
        if binary == body:
            return request
        whole = replace(
            request,
            headers=self._headers(host, user, binary, has_body=True),
            body=binary,
            declared=len(binary),
        )
        cure = OtherReading(
            label="Use --data-binary",
            note=f"--data drops newlines: {len(binary):,} bytes become {len(body):,}.",
            proof="With --data-binary the signature is valid.",
            request=whole,
            needs_proof=binary.rstrip(b"\r\n") == body,
        )
        return replace(request, cure=cure)

    def _headers(self, host: bytes, user: str, body: bytes, *, has_body: bool) -> HeaderPairs:
        """Return the headers in the order of curl. Its version is unknown, so User-Agent is left out."""
        given = {name.lower() for name, _ in self.headers}
        own: list[tuple[bytes, bytes]] = [(b"Host", host)]
        if user:
            own.append(
                (
                    b"Authorization",
                    b"Basic " + base64.b64encode(to_bytes(user if ":" in user else f"{user}:")),
                )
            )
        if "--user-agent" in self.preset:
            own.append((b"User-Agent", to_bytes(self.preset["--user-agent"])))
        if not self.is_json:
            own.append((b"Accept", b"*/*"))
        for name, header in (("--referer", b"Referer"), ("--cookie", b"Cookie")):
            if name in self.preset:
                own.append((header, to_bytes(self.preset[name])))
        pairs = [pair for pair in own if pair[0].lower() not in given]
        pairs += [(name, value) for name, value in self.headers if value is not None]
        last = (
            [(b"Content-Type", b"application/json"), (b"Accept", b"application/json")] if self.is_json else []
        )
        if has_body:
            last.append((b"Content-Length", b"%d" % len(body)))
            if not self.is_json:
                last.append((b"Content-Type", _FORM))
        return tuple(pairs + [pair for pair in last if pair[0].lower() not in given])


def _parts_of(url: str) -> tuple[bytes, bytes, str]:
    """Return host, target and user of a URL. Raises NotCurlError."""
    shown = shortened(visible(url), 60)
    address = url if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url) else f"http://{url}"
    try:
        parts = urlsplit(address)
    except ValueError:
        raise NotCurlError(f"{shown} is not a URL.") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise NotCurlError(f"{shown} is not an HTTP address.")
    # urlsplit removes line breaks and tabs, so the target is taken from the text itself
    target = re.sub(r"^[^/?#]*", "", address.partition("://")[2], count=1).partition("#")[0]
    if not target.startswith("/"):
        target = f"/{target}"
    raw = to_bytes(target)
    if not parts.netloc or re.search(rb"[\x00-\x20\x7f]", raw + to_bytes(parts.netloc)):
        raise NotCurlError(f"{shown} is not a URL.")
    user, _, host = parts.netloc.rpartition("@")
    return to_bytes(host), raw, user


_NOT_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def to_bytes(text: str) -> bytes:
    """Return text as UTF-8, and each byte that `surrogateescape` decoded as it was."""
    return _NOT_BYTES.sub("\ufffd", text).encode("utf-8", "surrogateescape")
