"""The options by which a verb logs in to a shared inbox."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.availability import why_no_inbox
from inspector.base.errors import InspectorError
from inspector.cli import arguments
from inspector.cli.parser import Parser

if TYPE_CHECKING:
    from inspector.session.inbox.login import GivenLogin

SECTION = "shared inbox"
"""Title of these options on the help page."""
LOGIN_OPTIONS = ("--inbox-creds", "--inbox-keyring", "--inbox-ca")
MONITOR_OPTION = "--inbox-monitor"


def add_inbox_login(parser: Parser) -> None:
    """Add the options for the login and for the authority of the servers."""
    group = parser.section(SECTION)
    group.add_argument(
        "--inbox-creds",
        metavar="FILE",
        type=arguments.file_path,
        help="login of the inbox: a .creds file or an nkey seed (default: the setting inbox_creds)",
    )
    group.add_argument(
        "--inbox-keyring",
        metavar="LABEL",
        help="login of the inbox in the system keyring, as `inbox login LABEL` saves it",
    )
    group.add_argument(
        "--inbox-ca",
        metavar="FILE",
        type=arguments.file_path,
        help="authority of the servers’ certificates in PEM format (default: the system’s)",
    )


def add_inbox_monitor(parser: Parser) -> None:
    """Add the option for the port that shows whether a single server syncs."""
    parser.section(SECTION).add_argument(
        "--inbox-monitor",
        metavar="URL",
        help="monitoring port of the server, which shows whether it syncs (default: port 8222 of its host)",
    )


def given_login(chosen: Namespace) -> GivenLogin:
    """Return the login of a command line with the options of `add_inbox_login`.

    Raises InspectorError if the packages of a shared inbox are missing, so call this before other modules of
    it are imported.
    """
    if (missing := why_no_inbox()) is not None:
        raise InspectorError(missing)
    from inspector.session.inbox.login import GivenLogin

    return GivenLogin(
        file=_absolute(chosen.inbox_creds),
        label=chosen.inbox_keyring,
        authority=_absolute(chosen.inbox_ca),
    )


def _absolute(file: Path | None) -> Path | None:
    return None if file is None else Path(os.path.abspath(file))
