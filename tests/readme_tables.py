"""Writes the tables of the README that are generated: `python -m tests.readme_tables`."""

from __future__ import annotations

import re
from pathlib import Path

from inspector.domain.signature.causes import table

README = Path(__file__).parent.parent / "README.md"
_FINDINGS = re.compile(r"^\| finding \|.*?(?=\n\n)", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Replace the table of findings."""
    text = README.read_text("utf-8")
    README.write_text(_FINDINGS.sub(lambda _: table(), text, count=1), "utf-8")


if __name__ == "__main__":
    main()
