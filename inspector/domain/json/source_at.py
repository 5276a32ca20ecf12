"""The source of one value of a JSON text, found by its path."""

from __future__ import annotations

from inspector.domain.json.json_path import decoded_name, step
from inspector.domain.json.source import Broken, tokens


def source_at(text: str, path: str) -> str | None:
    """The value that stands at a path such as `path_of` gives, digit for digit; None where there is none.

    Of members of one name the first. Pure and picklable, for the worker where the text is long.
    """
    steps: list[str | int] = []
    """Of the value that comes next: one more than containers are open."""
    start_of: int | None = None
    depth = 0
    try:
        for kind, start, end in tokens(text):
            if start_of is not None:  # within the value, until it closes
                depth += (kind in "{[") - (kind in "}]")
                if not depth:
                    return text[start_of:end]
            elif kind == "name":
                steps[-1] = decoded_name(text[start + 1 : end - 1])
            elif kind == ",":
                if isinstance(steps[-1], int):
                    steps[-1] += 1
            elif kind in "}]":
                steps.pop()
            elif kind != ":":
                if "$" + "".join(map(step, steps)) == path:
                    if kind not in "{[":
                        return text[start:end]
                    start_of, depth = start, 1
                elif kind in "{[":
                    steps.append("" if kind == "{" else 0)
    except Broken:
        return None
    return None
