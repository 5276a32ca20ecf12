"""The words of shell commands, as a POSIX shell and bash read them. Nothing is expanded or run.

The standard `shlex` knows neither `$'…'`, which browsers use in "Copy as cURL", nor here-documents. The
library bashlex does, but its licence (GPL) does not fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from inspector.base.visible import shortened, visible

MAX_COMMANDS = 1_000
MAX_WORDS = 20_000
MAX_STEPS = 400_000
"""Maximum number of quotes, escapes, expansions and pieces between them, which take a second or two."""

_PLAIN = re.compile(r"[^\s'\"\\$`|&;<>()#]+")
_DOUBLE = re.compile(r'[^"\\$`]+')
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|\{[^{}'\"\s]*\}|[0-9@*#?!-])")
_ANSI = re.compile(
    r"\\(?:([abeEfnrtv\\'\"?])|([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.))",
    re.DOTALL,
)
_ANSI_ENDED = re.compile(r"(?:[^\\']++|\\.)*+'", re.DOTALL)
_NAMED = dict(zip("abeEfnrtv", "\a\b\x1b\x1b\f\n\r\t\v", strict=True))
_SURROGATES = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=", re.DOTALL)
_IN_DOCUMENT = re.compile(r"\\([$`\\])|\\\r?\n")
_SEPARATORS = ("&&", "||", ";;", "|&", ";", "&", "|", "(", ")")


class NotShellError(ValueError):
    """Raised if the text is not a list of commands; `str(error)` is a sentence."""


@dataclass(slots=True, kw_only=True)
class ShellCommand:
    """One simple command. Bytes that are not UTF-8 are lone surrogates (`surrogateescape`)."""

    words: list[str] = field(default_factory=list)
    """Its words without quotes, leading assignments and redirections."""
    input: str | None = None
    """The text of its here-document or here-string."""
    input_file: str | None = None
    """The file that it reads by `<`."""
    is_piped: bool = False
    """Whether it reads the output of the previous command."""
    expansions: list[str] = field(default_factory=list)
    """What a shell would replace, as written: `$TOKEN`, `$(…)`. It stays in the words."""


def shell_commands(text: str) -> list[ShellCommand]:
    """Return the commands of a text in order. Raises NotShellError."""
    return _Reader(text).read()


class _Reader:
    """Reads a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._commands: list[ShellCommand] = []
        self._command = ShellCommand()
        self._word: list[str] | None = None
        self._is_quoted = False
        self._redirection = ""
        """The operator whose file or text is the next word."""
        self._documents: list[tuple[ShellCommand, str, bool, bool]] = []
        """Here-documents that begin at the next line: command, delimiter, is quoted, is indented."""
        self._count = 0
        self._steps = 0

    def read(self) -> list[ShellCommand]:
        text, end = self._text, len(self._text)
        while self._at < end:
            self._step()
            one = text[self._at]
            if one == "\n" or text.startswith("\r\n", self._at):
                self._end_command()
                self._at = text.index("\n", self._at) + 1
                self._read_documents()
            elif one.isspace():
                self._end_word()
                self._at += 1
            elif one == "#" and self._word is None:
                self._at = self._line_end()
            elif one in "<>":
                self._redirect()
            elif separator := next((it for it in _SEPARATORS if text.startswith(it, self._at)), ""):
                self._at += len(separator)
                if separator == "&" and text.startswith(">", self._at):  # &> sends both outputs to a file
                    continue
                self._end_command()
                self._command.is_piped = separator in ("|", "|&")
            else:
                self._read_part(one)
        self._end_command()
        return self._commands

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise NotShellError(
                "The text has too many quotes and special characters. Save the body as a file."
            )

    def _line_end(self) -> int:
        end = self._text.find("\n", self._at)
        return len(self._text) if end < 0 else end

    # ---- words

    def _read_part(self, one: str) -> None:
        """Read a part of a word: plain text, an escape, a quoted part or an expansion."""
        text = self._text
        if self._word is None:
            self._word, self._is_quoted = [], False
        if one == "\\":
            if text.startswith("\\\r\n", self._at) or text.startswith("\\\n", self._at):
                self._at = text.index("\n", self._at) + 1
                if not self._word and not self._is_quoted:
                    self._word = None
                return
            self._word.append(text[self._at + 1 : self._at + 2])
            self._is_quoted = True
            self._at += 2
        elif one == "'":
            self._word.append(self._up_to_quote(self._at + 1))
        elif one == '"':
            self._at += 1
            self._read_double()
        elif text.startswith("$'", self._at):
            self._read_ansi()
        elif text.startswith('$"', self._at):
            self._at += 2
            self._read_double()
        elif one in "$`":
            self._word.append(self._expansion())
        elif plain := _PLAIN.match(text, self._at):
            self._word.append(plain[0])
            self._at = plain.end()
        else:  # # within a word
            self._word.append(one)
            self._at += 1

    def _up_to_quote(self, start: int) -> str:
        end = self._text.find("'", start)
        if end < 0:
            raise NotShellError("A quote (') is not closed.")
        self._at, self._is_quoted = end + 1, True
        return self._text[start:end]

    def _read_double(self) -> None:
        assert self._word is not None
        self._is_quoted = True
        text = self._text
        while True:
            self._step()
            if plain := _DOUBLE.match(text, self._at):
                self._word.append(plain[0])
                self._at = plain.end()
            one = text[self._at : self._at + 1]
            if one == '"':
                self._at += 1
                return
            if one == "\\":
                after = text[self._at + 1 : self._at + 2]
                if after == "\n":
                    self._at += 2
                    continue
                self._word.append(after if after and after in '"\\$`' else f"\\{after}")
                self._at += 2
            elif one:
                self._word.append(self._expansion())
            else:
                raise NotShellError('A quote (") is not closed.')

    def _read_ansi(self) -> None:
        assert self._word is not None
        ended = _ANSI_ENDED.match(self._text, self._at + 2)
        if ended is None:
            raise NotShellError("A quote ($') is not closed.")
        self._at, self._is_quoted = ended.end(), True
        content = _ANSI.sub(_ansi, ended[0][:-1]).split("\0", 1)[0]  # as in bash, NUL ends the text
        # A browser writes a character beyond U+FFFF as two escapes.
        self._word.append(_SURROGATES.sub(_joined, content))

    def _expansion(self) -> str:
        """Return a `$…` or a command in backquotes as it is written."""
        start, text = self._at, self._text
        if text.startswith("$(", start):
            depth = 0
            for mark in re.compile(r"[()]").finditer(text, start):
                depth += 1 if mark[0] == "(" else -1
                if not depth:
                    return self._noted(start, mark.end(), "$(…)")
            raise NotShellError("The parenthesis of $( is not closed.")
        if text[start] == "`":
            end = text.find("`", start + 1)
            if end < 0:
                raise NotShellError("A backquote (`) is not closed.")
            return self._noted(start, end + 1, "`…`")
        if found := _VARIABLE.match(text, start):
            return self._noted(start, found.end(), found[0])
        self._at += 1
        return "$"

    def _noted(self, start: int, end: int, shown: str) -> str:
        if shown not in self._command.expansions and len(self._command.expansions) < 10:
            self._command.expansions.append(shown)
        self._at = end
        return self._text[start:end]

    def _end_word(self) -> None:
        if self._word is None:
            return
        word, self._word = "".join(self._word), None
        kind, self._redirection = self._redirection, ""
        command = self._command
        if kind in ("<<", "<<-"):
            self._documents.append((command, word, self._is_quoted, kind == "<<-"))
        elif kind == "<<<":
            command.input = f"{word}\n"
        elif kind == "<":
            command.input_file = word
        elif not kind and (command.words or not _ASSIGNMENT.match(word)):
            self._count += 1
            if self._count > MAX_WORDS:
                raise NotShellError(f"The text has more than {MAX_WORDS:,} words.")
            command.words.append(word)

    def _end_command(self) -> None:
        self._end_word()
        self._redirection = ""
        if self._command.words:
            if len(self._commands) == MAX_COMMANDS:
                raise NotShellError(f"The text has more than {MAX_COMMANDS:,} commands.")
            self._commands.append(self._command)
            self._command = ShellCommand()
        else:  # an empty line after | continues the pipeline
            self._command = ShellCommand(is_piped=self._command.is_piped)

    # ---- redirections

    def _redirect(self) -> None:
        if self._word is not None and not self._is_quoted and "".join(self._word).isdecimal():
            self._word = None  # the descriptor of 2>
        self._end_word()
        found = re.compile(r"<<<|<<-|<<|<>|<|>>|>\||>&|>").match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        self._redirection = found[0]

    def _read_documents(self) -> None:
        documents, self._documents = self._documents, []
        for command, delimiter, is_quoted, is_indented in documents:
            lines: list[str] = []
            while self._at < len(self._text):
                end = self._line_end()
                line = self._text[self._at : end]
                self._at = min(end + 1, len(self._text))
                bare = line.removesuffix("\r")
                if (bare.lstrip("\t") if is_indented else bare) == delimiter:
                    break
                lines.append(f"{line.lstrip(chr(9)) if is_indented else line}\n")
            else:
                shown = shortened(visible(delimiter), 40)
                raise NotShellError(f"The here-document {shown} is not closed.")
            content = "".join(lines)
            if not is_quoted:
                for found in _VARIABLE.findall(content)[:10]:
                    if found not in command.expansions:
                        command.expansions.append(found)
                content = _IN_DOCUMENT.sub(lambda found: found[1] or "", content)
            command.input = content


def _ansi(found: re.Match[str]) -> str:
    named, octal, byte, short, long, control = found.groups()
    if named:
        return _NAMED.get(named, named)
    if octal or byte:
        return _byte(int(octal, 8) & 0xFF if octal else int(byte, 16))
    if control:
        return _byte(ord(control) & 0x1F)
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _byte(code: int) -> str:
    """Return a byte as `surrogateescape` decodes it."""
    return chr(code) if code < 0x80 else chr(0xDC00 + code)


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
