"""Writes what the commands in the transcripts of the README and the handbook print now:
`python -m tests.fill_transcripts`. Read the difference before you commit it."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.e2e.test_documents import PAGES, reading

_CONSOLE = re.compile(r"^( *)```console\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Fill every transcript."""
    for page in PAGES:
        text = page.read_text("utf-8")
        if "```console" not in text:
            continue
        with tempfile.TemporaryDirectory() as folder, reading(Path(folder)) as reader:
            if page.name != "README.md":
                reader.prepare()
            fresh = _CONSOLE.sub(lambda found: f"```console\n{reader.transcript(found[2])}\n```", text)
        page.write_text(fresh, "utf-8")


if __name__ == "__main__":
    main()
