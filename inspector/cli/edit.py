"""The options that change the request, and those that belong to its target."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.errors import UsageError
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.parser import Parser
from inspector.cli.standard_input import read_input
from inspector.domain.replay.request_options import Edit

if TYPE_CHECKING:
    from inspector.domain.capture.capture import HeaderPairs
    from inspector.session.session import Session
    from inspector.session.targets import Destination

MAX_BODY = 1024 * 1024
"""Bytes of a body to send in place of what came: each attempt keeps it."""
MAX_HEADERS = 64 * 1024
MAX_PEM = 4 * 1024 * 1024


def add_edit(parser: Parser) -> None:
    """`--method`, `--header` and `--body`."""
    group = parser.add_argument_group(
        "changes to the request", "They make the original signature stale, unless --resign is given."
    )
    group.add_argument("--method", metavar="METHOD", help="another method, such as PUT")
    group.add_argument(
        "--header",
        metavar="NAME:VALUE",
        type=_header,
        action="append",
        help="header to add or replace; NAME: removes it; repeatable (for credentials use --header-file)",
    )
    group.add_argument(
        "--body", metavar="FILE", type=arguments.file_path, help="another body; - reads standard input"
    )


def add_destination(parser: Parser) -> None:
    """Add what belongs to a URL; a named target has its own."""
    group = parser.add_argument_group("for a URL (a named target has its own)")
    group.add_argument(
        "--header-file",
        metavar="FILE",
        type=arguments.file_path,
        help="headers for this URL, one NAME: VALUE per line; their values are not stored",
    )
    group.add_argument(
        "--ca", metavar="FILE", type=arguments.file_path, help="certificate of a private CA to trust, as PEM"
    )
    group.add_argument("--cert", metavar="FILE", type=arguments.file_path, help="client certificate, as PEM")
    group.add_argument(
        "--key",
        metavar="FILE",
        type=arguments.file_path,
        help="key of the client certificate, if it is in another file",
    )


async def edit_of(chosen: Namespace) -> Edit:
    """What is sent in place of what came; whether it can be, the plan finds out."""
    given: list[tuple[bytes, bytes]] = chosen.header or []
    body: Path | None = chosen.body
    return Edit(
        method=chosen.method,
        dropped=tuple(name for name, value in given if not value),
        put=tuple(pair for pair in given if pair[1]),
        body=None
        if body is None
        else await in_own_thread(lambda: read_input(body, "the body", most=MAX_BODY)),
    )


async def headers_of(chosen: Namespace) -> HeaderPairs:
    """What `--header-file` holds."""
    from inspector.domain.capture.headers import read_header_lines

    file: Path | None = chosen.header_file
    if file is None:
        return ()
    data = await in_own_thread(lambda: read_input(file, "the headers", most=MAX_HEADERS))
    try:
        return read_header_lines(data.decode().replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise UsageError(f"{visible(str(file))} is not text in UTF-8, as headers have to be.") from None


async def destination_of(session: Session, chosen: Namespace) -> Destination:
    """Where `--to` leads, with what goes with it; raises UsageError for what makes no sense."""
    from inspector.session.targets import Tls

    tls = Tls(authority=_found(chosen.ca), certificate=_found(chosen.cert), key=_found(chosen.key))
    return await session.targets.resolve(chosen.to, headers=await headers_of(chosen), tls=tls)


def _found(file: Path | None) -> Path | None:
    """From wherever a plan goes on; raises InspectorError where it cannot be read."""
    if file is None:
        return None
    read_input(file, "the certificate", most=MAX_PEM)
    return file.absolute()


def _header(text: str) -> tuple[bytes, bytes]:
    """A command line is seen by others on this machine, so it may hold no credential."""
    from inspector.domain.capture.capture import SIGNATURE_HEADER
    from inspector.domain.mask.mask import is_private_header

    name, colon, value = text.partition(":")
    if not colon or not name:
        raise ArgumentTypeError(f"takes NAME:VALUE, such as 'x-test: 1', not {text!r}")
    pair = (name.strip().encode("utf-8", "surrogateescape"), value.strip().encode("utf-8", "surrogateescape"))
    if pair[1] and is_private_header(pair[0]) and pair[0].lower() != SIGNATURE_HEADER:
        raise ArgumentTypeError(
            f"cannot take {visible(name.strip())}, which looks like a credential, as others on this machine"
            " can read a command line: give it with --header-file"
        )
    return pair
