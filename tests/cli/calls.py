"""Use a verb of the command line in the test's own process, and see what it printed."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspector.cli.output.streams import Output
from inspector.cli.verb import Call, Interruption, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a verb ended."""

    status: int
    text: str
    """Of standard output."""
    said: str
    """Of standard error."""

    def record(self) -> dict[str, Any]:
        """Its only line, which is JSON."""
        (line,) = self.text.splitlines()
        record: dict[str, Any] = json.loads(line)
        return record

    def records(self) -> list[dict[str, Any]]:
        """Its lines, each of which is JSON."""
        return [json.loads(line) for line in self.text.splitlines()]


async def use(verb: Verb, *arguments: str, width: int | None = None, verbs: Sequence[Verb] = ()) -> Done:
    """Run `verb` with these arguments; raises what the command line would tell as a sentence.

    `verbs` is the table of verbs, for a verb that is about others.
    """
    parsed = verb.parser().parse(arguments)
    stream, messages = io.BytesIO(), io.BytesIO()
    out = Output(stream, messages, is_json=getattr(parsed, "format", "text") == "json", width=width)
    status = await verb.run(Call(arguments=parsed, out=out, interruption=Interruption(), verbs=verbs))
    return Done(status=status, text=stream.getvalue().decode(), said=messages.getvalue().decode())
