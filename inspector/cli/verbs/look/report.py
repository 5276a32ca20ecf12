"""`report`: print one capture as a masked Markdown page for support."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.errors import InspectorError
from inspector.cli import arguments
from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb

if TYPE_CHECKING:
    from inspector.domain.capture.rows import CaptureDetail
    from inspector.domain.signature.finding import Finding
    from inspector.session.session import Session


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", type=arguments.single_id, help="capture id, or last")
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=arguments.file_path,
        help="new file, readable only by you (default: standard output)",
    )
    parser.add_argument(
        "--for-sender",
        action="store_true",
        help="print a message for the sender: the cause and its fix, and the deliveries to send again",
    )


async def _for_sender(session: Session, detail: CaptureDetail, findings: tuple[Finding, ...]) -> str:
    cure = await asyncio.to_thread(session.cures.cure, detail.capture, findings)
    message = await session.cures.message(detail, findings, cure)
    if message is None:
        raise InspectorError(
            f"The sender has nothing to change for capture {detail.row.id}. Use `report {detail.row.id}` for"
            " everything that is known."
        )
    return message


async def _run(call: Call) -> int:
    from inspector.base.files import write_new
    from inspector.domain.capture.report import report

    async with call.session(create=False) as session:
        wanted = arguments.known_id(session, call.arguments.id)
        await session.load_secrets()
        explanation = await session.diagnoses.explain(wanted)
        detail = await session.captures.detail(wanted)
        page = report(detail, explanation)
        if call.arguments.for_sender:
            page = await _for_sender(session, detail, explanation.findings)
    output: Path | None = call.arguments.output
    if output is not None:
        write_new(output, page)
        call.out.say(f"Wrote {output}.")
    if call.out.is_json:
        call.out.record({"id": wanted, "report": page})
    elif output is None:
        call.out.lines(page.removesuffix("\n").split("\n"))
    return 0


REPORT = Verb(
    name="report",
    group="look",
    help="print a masked report of a capture for support",
    description="Print a capture as a Markdown page for support: its verdict with cause and proof, and what"
    " to ask the sender. Secrets, app_key, user_id, answers and digests are masked.",
    examples=(
        "webhook-inspector report 17",
        "webhook-inspector report 17 --output report.md",
        "webhook-inspector report 17 --for-sender",
        "webhook-inspector report 17 --secret-file secret.txt",
    ),
    add_arguments=_add_arguments,
    run=_run,
)
