"""The JSON Schemas in `resources/schemas/`: reading them, and validating what a verb printed.

A test of a verb calls `valid("capture", record)`. The files allow unknown keys, because a script must accept
the keys of a newer version; here, a key without a description is a mistake.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

FOLDER = Path(__file__).parent.parent / "resources" / "schemas"


def names() -> list[str]:
    """The names of all schemas, which are the names of their files."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema that refers to no other file, with all properties at the top in the order of output."""
    whole: dict[str, Any] = _resolved(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))
    return whole


def valid(name: str, record: Any) -> None:
    """Fail with all mistakes if an object has a missing, unknown or wrong key."""
    checker = Draft202012Validator(_closed(schema(name)), format_checker=FormatChecker())
    mistakes = [f"{error.json_path}: {error.message[:500]}" for error in checker.iter_errors(record)]
    assert not mistakes, f"not a valid {name}:\n" + "\n".join(mistakes)


def objects(part: Any) -> list[dict[str, Any]]:
    """Return each part of a schema that describes the keys of an object."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    found = [one for value in inner for one in objects(value)]
    return [part, *found] if isinstance(part, dict) and isinstance(part.get("properties"), dict) else found


def _resolved(part: Any) -> Any:
    """Return a part with the schemas that it refers to in place of their names."""
    if isinstance(part, list):
        return [_resolved(one) for one in part]
    if not isinstance(part, dict):
        return part
    own = {key: _resolved(value) for key, value in part.items() if key != "$ref"}
    if not isinstance(part.get("$ref"), str):
        return own
    base = schema(part["$ref"].removesuffix(".json"))
    merged = {**base, **own}
    if "properties" in own:
        merged["properties"] = base["properties"] | own["properties"]
        merged["required"] = [*base.get("required", ()), *own.get("required", ())]
    return merged


def _closed(part: Any) -> Any:
    """Return a part that allows only described keys, unless it says that it is open."""
    if isinstance(part, list):
        return [_closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    closed = {key: _closed(value) for key, value in part.items()}
    return {"additionalProperties": False, **closed} if isinstance(part.get("properties"), dict) else closed
