"""`secrets`: list, add, switch and remove the secrets of a capture file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.base.errors import InspectorError, UsageError, did_you_mean
from inspector.base.quantity import counted
from inspector.base.visible import visible
from inspector.cli import arguments
from inspector.cli.input import is_confirmed, is_standard_input, read_hidden, read_input
from inspector.cli.output.streams import Output, is_terminal_input
from inspector.cli.output.tables import aligned
from inspector.cli.parser import Parser
from inspector.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from inspector.cli.verb import Call, Verb
from inspector.domain.signature.secret import remarks
from inspector.session.options import DEFAULT_SECRET_ENV

if TYPE_CHECKING:
    from inspector.session.session import Session
    from inspector.session.signature.given_secret import SecretRow
    from inspector.session.signature.verification import VerificationProgress

_USED = "It is used by the window, and in the terminal unless another secret is given."
_VARIABLE_ALONE = "--variable needs a file. Use --from-dotenv FILE."
_ORIGINS = {
    "env": "environment",
    "file": "file",
    "keyring": "keyring, this run",
    "saved": "keyring",
    "run": "this run",
}


async def _list(call: Call) -> int:
    from inspector.session.records.machine import secret_record
    from inspector.session.signature.secrets import WITHOUT_KEYRING

    async with call.session(create=False, uses_saved_secrets=True) as session:
        rows = session.secrets.names()
        problem = session.secrets.keyring_problem
        has_keyring = session.secrets.keyring is not None
    out = call.out
    if out.is_json:
        out.records(map(secret_record, rows))
        return 0
    if not rows:
        how = "Add one with `secrets add NAME`." if has_keyring else WITHOUT_KEYRING
        out.say(f"No secrets. {how}")
    out.lines(
        aligned(
            [(visible(row.name), "active" if row.is_active else "inactive", _origin(row)) for row in rows],
            out.width,
        )
    )
    if problem is not None and any(row.origin == "saved" for row in rows):
        out.error(problem)
    return 0


async def _add(call: Call) -> int:
    name = call.arguments.words[0]
    async with call.session(create=True, uses_saved_secrets=True) as session:
        session.secrets.check_new(name)  # before the user types the secret
        session.secrets.check_keyring()
        generated = _generated(call) if call.arguments.generate else None
        text = generated or await _secret(call, session)
        await session.secret_changes.add(name, text, save=True)
        said = [f"Saved the secret {visible(name)} in {session.secrets.keyring}."]
        if generated is not None:
            said.append(f"Enter it in Blitzllama's dashboard: {generated}")
        return await _changed(call, session, name, said, remarks(text), generated)


def _generated(call: Call) -> str:
    from inspector.session.signature.secrets import generated_secret

    if call.arguments.variable is not None:
        raise UsageError(_VARIABLE_ALONE)
    return generated_secret()


async def _activate(call: Call) -> int:
    return await _switch(call, is_active=True)


async def _deactivate(call: Call) -> int:
    return await _switch(call, is_active=False)


async def _switch(call: Call, *, is_active: bool) -> int:
    name = call.arguments.words[0]
    async with call.session(create=False, uses_saved_secrets=True) as session:
        session.secrets.check_saved(name)
        await session.secret_changes.switch(name, is_active)
        done = "Activated" if is_active else "Deactivated"
        return await _changed(call, session, name, [f"{done} the secret {visible(name)}."])


async def _correct(call: Call) -> int:
    """Apply the cure of a capture to a saved secret, as the window does."""
    async with call.session(create=False, uses_saved_secrets=True) as session:
        wanted = arguments.known_id(session, arguments.single_id(call.arguments.words[0]))
        findings = (await session.diagnoses.explain(wanted)).findings
        capture = (await session.captures.detail(wanted)).capture
        cure = await session.cures.kept(await asyncio.to_thread(session.cures.cure, capture, findings))
        saved = [row.name for row in session.secrets.names() if row.origin == "saved"]
        if cure is None or cure.name not in saved:
            raise InspectorError(
                f"Capture {wanted} has no proved cause that a corrected secret would fix. Use `show"
                f" {wanted}` to see its cause."
            )
        result = await session.cures.apply(cure, await session.cures.affected(findings))
        done = "Corrected" if cure.change else "Activated"
        how = f": it is used {cure.change}" if cure.change else ""
        said = [
            cure.note or f"{done} the secret {visible(cure.name)}{how}.",
            f"Captures with this cause: {result.sentence}",
        ]
        return await _changed(call, session, cure.added or cure.name, said)


async def _remove(call: Call) -> int:
    name = call.arguments.words[0]
    async with call.session(create=False, uses_saved_secrets=True) as session:
        session.secrets.check_saved(name)
        question = f"Remove the secret {visible(name)} from the keyring? This cannot be undone."
        if not await is_confirmed(call.out, question, is_sure=call.arguments.yes):
            call.out.error("Nothing was removed.")
            return 1
        await session.secret_changes.remove(name)
        return await _changed(call, session, name, [f"Removed the secret {visible(name)}."])


async def _changed(
    call: Call,
    session: Session,
    name: str,
    said: list[str],
    warnings: tuple[str, ...] = (),
    generated: str | None = None,
) -> int:
    """Wait until stored captures are verified with the changed secrets, and report it.

    `generated` is the text of a secret that was not shown yet: it is printed this once.
    """
    from inspector.session.records.machine import secret_record

    progress = await _verified(call.out, session)
    row = next((row for row in session.secrets.names() if row.name == name), None)
    if call.out.is_json:
        record = {} if row is None else secret_record(row)
        once = {} if generated is None else {"secret": generated}
        call.out.record({"name": name, "removed": row is None, **record, **once, "verified": progress.done,
                         "changed": progress.changed})  # fmt: skip
    else:
        if progress.done:
            said.append(f"Re-verified {counted(progress.done, 'capture')}, {progress.changed:,} changed.")
        if row is not None and row.is_active:
            said.append(_USED)
        call.out.lines(said)
    call.out.say_block(warnings)
    return 0


async def _verified(out: Output, session: Session) -> VerificationProgress:
    def show(progress: VerificationProgress) -> None:
        out.show_progress(f"Re-verifying {progress.done:,} of {progress.total:,}…")

    session.verification.progressed.connect(show)
    try:
        return await session.verification.wait()
    finally:
        out.show_progress("")


async def _secret(call: Call, session: Session) -> str:
    """Read the secret from where the command line says, or from a prompt that does not show it."""
    from inspector.settings.secret_files import MAX_BYTES, read_secret

    file: Path | None = call.arguments.from_file
    dotenv: Path | None = call.arguments.from_dotenv
    variable: str | None = call.arguments.from_env
    if dotenv is not None:
        return await _from_dotenv(session, dotenv, call.arguments.variable or DEFAULT_SECRET_ENV)
    if call.arguments.variable is not None:
        raise UsageError(_VARIABLE_ALONE)
    if file is not None:
        if not is_standard_input(file):
            return read_secret(file)
        data = read_input(file, "the secret", most=MAX_BYTES + 1)
        return data.removesuffix(b"\n").decode("utf-8", "surrogateescape")
    if variable is not None:
        text = os.environ.get(variable)
        if text is None:
            raise InspectorError(f"The environment variable {visible(variable)} is not set.")
        return text
    if not is_terminal_input():
        raise UsageError("Missing option: --from-file FILE or --from-env NAME. Without a terminal, the secret"
                         " cannot be asked for.")  # fmt: skip
    return await read_hidden(call.out, "Secret (not shown): ")


async def _from_dotenv(session: Session, file: Path, variable: str) -> str:
    found = dict(await session.secrets.read_dotenv(file))
    if variable not in found:
        guess = did_you_mean(variable, found) or " Use --variable NAME."
        raise InspectorError(f"{visible(str(file))} has no value for {visible(variable)}.{guess}")
    return found[variable]


def _origin(row: SecretRow) -> str:
    return _ORIGINS[row.origin] if row.note is None else f"{_ORIGINS[row.origin]}. {row.note}"


_ACTIONS = (
    Subcommand(name="list", help="names and states, never the secrets", run=_list),
    Subcommand(
        name="add",
        words=("NAME",),
        help="save a secret in the keyring and activate it",
        run=_add,
        options=("--from-file", "--from-env", "--from-dotenv", "--variable", "--generate"),
        if_more="A secret is never an argument, because other users of this machine could read it. Use"
        " `secrets add NAME`, which asks for it, or --from-file FILE.",
    ),
    Subcommand(name="activate", words=("NAME",), help="check signatures with it", run=_activate),
    Subcommand(name="deactivate", words=("NAME",), help="keep it without using it", run=_deactivate),
    Subcommand(
        name="correct",
        words=("ID",),
        help="correct a saved secret as proved by this capture",
        run=_correct,
    ),
    Subcommand(
        name="remove", words=("NAME",), help="delete it from the keyring", run=_remove, options=("--yes",)
    ),
)


def _add_arguments(parser: Parser) -> None:
    add_subcommands(parser, _ACTIONS)
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--from-file",
        metavar="FILE",
        type=arguments.file_path,
        help="read the secret from a file, without one final newline; - reads standard input",
    )
    source.add_argument(
        "--from-dotenv",
        metavar="FILE",
        type=arguments.file_path,
        help="read the secret from a variable of an .env file",
    )
    parser.add_argument(
        "--variable", metavar="NAME", help=f"name of this variable (default: {DEFAULT_SECRET_ENV})"
    )
    source.add_argument("--from-env", metavar="NAME", help="read the secret from an environment variable")
    source.add_argument("--generate", action="store_true", help="generate a secret, and print it once")
    parser.add_argument("--yes", action="store_true", help="do not ask before removing")


SECRETS = Verb(
    name="secrets",
    help="list, add, switch and remove saved secrets",
    description="Manage the saved secrets of a capture file. Their names are in the file, and"
    " their text is in the system keyring. `secrets add` asks for the secret, which is never an argument."
    " After a change, stored captures are re-verified.",
    examples=(
        "webhook-inspector secrets add production --generate",
        "webhook-inspector secrets add production --from-file secret.txt",
        "webhook-inspector secrets deactivate production",
    ),
    add_arguments=_add_arguments,
    run=run_subcommand("secrets", _ACTIONS),
    uses_secrets=False,
)
