"""The path in `$.responses[*].response:crash`: names, places and `[*]` for every element."""

from __future__ import annotations

import re

from inspector.domain.query.tree import QueryError, Step

MAX_STEPS = 20
"""Each is a join in SQL, which takes 64."""

_BEGINS = re.compile(r'\$(?=[.\[:])(?:"(?:[^"\\]|\\.)*"|[^\s()":])*:', re.DOTALL)
_STEP = re.compile(
    r'\.(?P<name>[^\s.:\[\]()"*]+)'
    r'|(?:\.|\[)"(?P<quoted>(?:[^"\\]|\\.)*)"(?P<closing>\])?'
    r"|\[(?P<place>[0-9]{1,9})\]"
    r"|(?P<every>\[\*\])",
    re.DOTALL | re.ASCII,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def is_path(text: str, position: int) -> bool:
    """Whether a path with its colon begins at `position`, right or wrong; `$5` and `$.99` are words."""
    return _BEGINS.match(text, position) is not None


def path_steps(text: str) -> tuple[Step, ...]:
    """The steps of `$.responses[*].response`, a path alone. Raises QueryError where it is none."""
    wanted = f"{text}:"
    if not is_path(wanted, 0):
        raise QueryError("A path begins with a dollar sign, as in $.responses[*].response.", 0, len(text))
    steps, end = read_path(wanted, 0)
    if end != len(wanted) or not steps:
        raise QueryError("A path names what stands in the body, as in $.user_id.", 0, len(text))
    return steps


def read_path(text: str, position: int) -> tuple[tuple[Step, ...], int]:
    """The steps of the path at `position`, and where its colon ends. Raises QueryError."""
    steps: list[Step] = []
    start, position = position, position + 1
    while text[position] != ":":
        step = _STEP.match(text, position)
        if step is None or (step["quoted"] is not None and (text[position] == "[") != bool(step["closing"])):
            raise QueryError(
                'Here a path goes on with .name, ."a name", [0] or [*], as in $.responses[*].response.',
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
        raise QueryError(f"A path may have {MAX_STEPS} steps.", start, position - start)
    return tuple(steps), position + 1
