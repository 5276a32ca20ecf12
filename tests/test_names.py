"""A public class name means one thing in the whole program."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import inspector


def test_no_public_class_name_is_defined_twice() -> None:
    root = Path(inspector.__file__).parent
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{path.relative_to(root)}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
