"""Shapes that nobody would say aloud stay out of strings, help, docstrings, comments and documents."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "resources" / "handbook").glob("*.md")))
UNCHECKED = ("inspector/store/file/migrations.py",)
"""The steps of the file's format, which never change once they are released."""

SHAPES: tuple[tuple[str, str], ...] = (
    (r"(?<!there\s)\b(?:is|are|was|were) no\b(?! longer|-)", "is not a …, is not valid, invalid"),
    (r"\bof (?:now|before)\b", "current, previous"),
    (r"\b(?:tells?|told)\b", "show, report, return, notify"),
    (r"\bsays? (?:so|back)\b", "report, return"),
    (r"\bso (?:many|much|long|large)\b", "the value or its name: N per second, this size"),
    (r"\b(?:nobody|somebody|whoever)\b", "the actor: the user, another process, anyone who"),
    (r"\b(?:for|to|by|of) who\b", "for users who, by anyone who"),
    (r"\bbesides?\b", "next to, in addition to, compared with"),
    (r"\banew\b|\bonce more\b", "again, re-"),
    (r"\b(?:by|of) itself\b", "automatically, separately"),
    (r"\bas well\b(?! as)", "too"),
    (r"\bfor good\b", "permanently"),
    (r"\bfor ever\b", "always, without limit"),
    (r"\b(?:stands|stood)\b(?! for)|\b(?:lies|lives|bears)\b", "is, is stored, has, contains"),
    (r"\b(?:is|are|was|were) (?:not )?to be\b", "must, must not"),
    (r"\b(?:has|have|had) to be\b", "must be"),
    (r"\bmay yet\b", "can still"),
    (r"\bwhat (?:came|is left|is kept)\b", "the noun: the request, the remaining deliveries"),
    (r"\bmend(?:s|ed|ing)?\b|\bput(?:s|ting)? right\b", "fix, repair"),
    (r"\bg(?:ive|ives|ave|iven|iving) (?:it |them )?back\b", "restore"),
    (r"\bg(?:ive|ives|ave|iven|iving) up\b", "cancel, stop"),
    (r"\b(?:go|goes|went|gone|going) on\b", "continue, resume"),
    (r"\bunder way\b", "in flight, running"),
    (r"\bon (?:its|their|the) way\b", "in transit, still running"),
    (r"\bkept\b(?! (?:up to date|open|alive|in memory))", "stored, saved"),
    (r"\b(?:seeks?|sought)\b", "search"),
    (r"\bexamin(?:e|es|ed|ing)\b", "diagnose, check"),
    (r"\bjudg(?:e|es|ed|ement|ing)\b", "evaluate"),
)
"""A shape, and what to write instead."""
ALLOWED: tuple[str, ...] = ()
"""Texts of third parties, quoted to the letter."""

_CURES = {re.compile(shape.replace(" ", r"\s+"), re.IGNORECASE): cure for shape, cure in SHAPES}
_ANY = re.compile("|".join(f"(?:{shape.pattern})" for shape in _CURES), re.IGNORECASE)
_CODE = re.compile(r"``[^`]*``|`[^`\n]*`")
_NOT_PROSE = re.compile(
    r"[^ ]*\Z|.*\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|WHERE|JOIN|PRAGMA)\b", re.DOTALL
)
"""One word, such as a name, or SQL."""
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


class Text(NamedTuple):
    """A piece of prose and the line on which it starts."""

    line: int
    words: str


def texts_of(source: str) -> Iterator[Text]:
    """Yield the strings, docstrings and comments of a module; of an f-string, its fixed parts."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and not _NOT_PROSE.match(node.value)
        ):
            yield Text(node.lineno, node.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(token.start[0], token.string)


def mistakes(text: Text) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the words and the cure of each shape in a text. Code in backticks is not prose."""
    prose = _CODE.sub(lambda code: "\n" * code[0].count("\n"), text.words)
    for allowed in ALLOWED:
        prose = prose.replace(allowed, "")
    if not _ANY.search(prose):
        return
    for shape, cure in _CURES.items():
        for found in shape.finditer(prose):
            yield text.line + prose.count("\n", 0, found.start()), " ".join(found[0].split()), cure


def complaints(path: Path, texts: Iterator[Text]) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    found = [mistake for text in texts for mistake in mistakes(text)]
    return [f"{name}:{line}: “{words}” → {cure}" for line, words, cure in sorted(set(found))]


def test_code_and_comments_are_in_plain_english() -> None:
    paths = sorted((ROOT / "inspector").rglob("*.py"))
    checked = [path for path in paths if path.relative_to(ROOT).as_posix() not in UNCHECKED]
    found = [one for path in checked for one in complaints(path, texts_of(path.read_text("utf-8")))]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_documents_are_in_plain_english(path: Path) -> None:
    text = _FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), path.read_text("utf-8"))
    found = complaints(path, iter([Text(1, text)]))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('error = "This is no\\n  address."', "is no"),
        ('"""One line.\n\nIt was told to wait."""', "told"),
        ('f"{name} stands in the list"', "stands"),
        ("x = 1  # the others are kept", "kept"),
        ('"There is no plan, and it is no longer `told`, which stands for a word."', None),
        ('"SELECT id FROM captures WHERE it is no column"', None),
    ],
)
def test_a_shape_is_found_in_a_string_a_docstring_and_a_comment(source: str, words: str | None) -> None:
    found = [mistake for text in texts_of(source) for mistake in mistakes(text)]
    assert (found[0][1] if found else None) == words
