"""The path of a value in JSON, written and read: `$.responses[0].response`, or `[*]` for every element."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from inspector.base.errors import UsageError
from inspector.base.visible import visible

Step: TypeAlias = str | int | None
"""A member's name, an element's index from 0, or None for every element."""

MAX_NAME = 300
"""Maximum characters of a name in a path. The sender's names can be as long as the body."""
MAX_STEPS = 20
"""Maximum steps of a path. Each is a join in SQL, which allows 64."""


_PLAIN = re.compile(r'[^\s.:\[\]()"*\\]+')
_BEGINS = re.compile(r'\$(?=[.\[:])(?:"(?:[^"\\]|\\.)*"|[^\s()":])*:', re.DOTALL)
_STEP = re.compile(
    r'\.(?P<name>[^\s.:\[\]()"*]+)'
    r'|(?:\.|\[)"(?P<quoted>(?:[^"\\]|\\.)*)"(?P<closing>\])?'
    r"|\[(?P<place>[0-9]{1,9})\]"
    r"|(?P<every>\[\*\])",
    re.DOTALL | re.ASCII,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class PathError(UsageError):
    """Raised if a text is not a path: the reason and its place."""

    def __init__(self, sentence: str, position: int, length: int) -> None:
        super().__init__(sentence)
        self.position = position
        """Index of the first invalid character in the text."""
        self.length = length
        """Number of invalid characters, at least one."""


def step_text(step: str | int) -> str:
    """Return the step of a path for a member's name or an element's index."""
    if isinstance(step, int):
        return f"[{step}]"
    if _PLAIN.fullmatch(step):
        return f".{step}"
    escaped = visible(step).replace("\\", "\\\\").replace('"', '\\"')
    return f'."{escaped}"'


def name_text(source: str) -> str:
    """Return a member's name from its source without quotes, cut to the length allowed in a path."""
    if len(source) > MAX_NAME:
        return source[:MAX_NAME] + "…"
    if "\\" not in source:
        return source
    try:
        return str(json.loads(f'"{source}"'))
    except ValueError:
        return source


def is_path(text: str, position: int) -> bool:
    """Return whether a path with its colon begins at `position`, valid or not. `$5` and `$.99` are words."""
    return _BEGINS.match(text, position) is not None


def path_steps(text: str) -> tuple[Step, ...]:
    """Return the steps of `$.responses[*].response`. Raises PathError if the text is not a path."""
    wanted = f"{text}:"
    if not is_path(wanted, 0):
        raise PathError("A path starts with a dollar sign, as in $.responses[*].response.", 0, len(text))
    steps, end = read_path(wanted, 0)
    if end != len(wanted) or not steps:
        raise PathError("A path names a value of the body, as in $.user_id.", 0, len(text))
    return steps


def read_path(text: str, position: int) -> tuple[tuple[Step, ...], int]:
    """Return the steps of the path at `position`, and the position after its colon. Raises PathError."""
    steps: list[Step] = []
    start, position = position, position + 1
    while text[position] != ":":
        step = _STEP.match(text, position)
        if step is None or (step["quoted"] is not None and (text[position] == "[") != bool(step["closing"])):
            raise PathError(
                'A path continues with .name, ."a name", [0] or [*], as in $.responses[*].response.',
                position,
                1,
            )
        if step["every"]:
            steps.append(None)
        elif step["place"]:
            steps.append(int(step["place"]))
        else:
            steps.append(step["name"] or _ESCAPED.sub(r"\1", step["quoted"]))
        position = step.end()
    if len(steps) > MAX_STEPS:
        raise PathError(f"A path has at most {MAX_STEPS} steps. Use a shorter one.", start, position - start)
    return tuple(steps), position + 1
