"""The secrets that signatures are checked with: given for this run, or saved with the file."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from sqlite3 import Connection

from inspector.base.errors import InspectorError, NotFound, UsageError, did_you_mean
from inspector.base.next_step import next_step
from inspector.base.signals import Signal
from inspector.base.tasks import Tasks, retry_while_busy
from inspector.base.visible import visible
from inspector.domain.signature.secret import Secret
from inspector.session.file.watcher import CommitPoll
from inspector.session.options import DEFAULT_SECRET_ENV, Options
from inspector.session.signature.given_secret import GIVEN_NAMES, GivenSecret, Origin, SecretRow
from inspector.settings.keyring import Keyring, no_keyring
from inspector.settings.secret_files import MAX_BYTES, dotenv_secrets, read_secret
from inspector.store.store import Store
from inspector.store.write import evaluations, small_tables

MAX_NAME = 100
NONE_ACTIVE = (
    "This file had a secret, but none is active now. New captures are not trusted, and forwards are on hold."
)
MISSING = f"{NONE_ACTIVE} Add the secret, or use a new file to work without one."
WITHOUT_KEYRING = f"Set {DEFAULT_SECRET_ENV}, or use --secret-file FILE."
"""How to give a secret on a system without a keyring."""

log = logging.getLogger(__name__)


def generated_secret() -> str:
    """Return a new random secret of 192 bits as 32 characters that no dashboard or shell changes."""
    return secrets.token_urlsafe(24)


class Secrets:
    """All secrets of this process. Captures are evaluated with the `active` ones."""

    def __init__(self, store: Store | None) -> None:
        self.changed: Signal[None] = Signal("secrets.changed")
        self.user_changed: Signal[None] = Signal("secrets.user_changed")
        """Emitted when the user changed the secrets, so stored verdicts may be outdated."""
        self._store = store
        self._keyring = Keyring()
        self._given: dict[str, GivenSecret] = {}
        self._ever_given: set[str] = set()
        self._saved: dict[str, Secret | None] = {}
        self._flags: dict[str, bool] = {}
        self._generated: set[str] = set()
        """Names of the secrets in `generated`, including those whose text is not available."""
        self._delivered: set[str] = set()
        """Names that left `_generated`, but not the file yet."""
        self._active: tuple[Secret, ...] = ()
        self._had_one = False
        self.changes = 0 if store is None else store.read(evaluations.secret_changes)
        """The number of changes of the saved secrets that `active` includes (see `secret_changes`)."""
        self._is_awaited = False
        """Whether `load_keyring` was not called yet."""
        self._uses_saved = False
        self._is_following = False
        self._turn = asyncio.Lock()
        """Only one task at a time changes the saved secrets or reads the changes of another process."""
        self.keyring_problem: str | None = None
        """Why nothing can be saved, as a sentence. None if a keyring was found, or before the search."""
        self.is_loading = False
        """Whether saved secrets are being loaded. Captures that arrive meanwhile are evaluated afterwards."""
        self._read_flags()

    # ---- state

    @property
    def active(self) -> tuple[Secret, ...]:
        """The secrets in use, given ones first. An empty secret is never active."""
        return self._active

    @property
    def inactive(self) -> tuple[Secret, ...]:
        """Secrets with a text that are not in use."""
        given = [one.secret for one in self._given.values() if not one.is_active]
        saved = [one for name, one in self._saved.items() if one is not None and not self._flags.get(name)]
        return tuple(secret for secret in (*given, *saved) if secret.text)

    @property
    def generated(self) -> tuple[Secret, ...]:
        """Secrets that this program generated and that no delivery was signed with yet.

        The sender's dashboard may not have them. `changed` is emitted when this changes. Only secrets whose
        text is available are included.
        """
        at_hand = {name: one.secret for name, one in self._given.items()} | self._saved
        found = (at_hand.get(name) for name in sorted(self._generated))
        return tuple(secret for secret in found if secret is not None)

    def is_generated(self, name: str) -> bool:
        """Return whether this name is in `generated`, or would be if its text were available."""
        return name in self._generated

    @property
    def had_one(self) -> bool:
        """Whether a secret was ever active, in this process or in the file.

        From then on, no capture is trusted for lack of a secret.
        """
        return self._had_one

    @property
    def is_awaited(self) -> bool:
        """Whether saved secrets are not read yet, so that `active` may be incomplete."""
        return self.is_loading or self._is_awaited

    @property
    def missing(self) -> str | None:
        """Why nothing new is trusted and forwards are on hold, as a sentence, or None.

        The file had a secret, and this process has none. None while saved secrets are not read yet.
        """
        if self._active or self.is_awaited or not self._had_one:
            return None
        return MISSING

    async def note_use(self) -> None:
        """Note in the file that a secret is active, if one is."""
        if self._active and self._store is not None and not self._store.read(small_tables.had_secret):
            await self._store.write(small_tables.note_secret)

    @property
    def keyring(self) -> str | None:
        """The name of the keyring that secrets are saved in, or None."""
        return self._keyring.name

    def names(self) -> tuple[SecretRow, ...]:
        """Return every secret, given ones first."""
        rows = [
            SecretRow(
                name=name,
                origin=one.origin,
                is_active=one.is_active and bool(one.secret.text),
                note=one.note,
            )
            for name, one in self._given.items()
        ]
        for name, is_active in self._flags.items():
            at_hand = self._saved.get(name) is not None
            note = (
                None
                if at_hand or self.is_loading
                else "Its text is missing from the keyring. Add the secret again."
            )
            rows.append(SecretRow(name=name, origin="saved", is_active=is_active and at_hand, note=note))
        return tuple(rows)

    def is_given_elsewhere(self, name: str | None) -> bool:
        """Return whether this is the name of a secret that only another process was given."""
        return name is not None and name.startswith(GIVEN_NAMES) and name not in self._ever_given

    # ---- loading

    def load_given(self, options: Options) -> None:
        """Read the secrets from environment and files. Raises InspectorError for a missing one."""
        variables: Sequence[str] = options.secret_env
        if not (variables or options.secret_files or options.secret_keyring):
            variables = (DEFAULT_SECRET_ENV,) if os.environ.get(DEFAULT_SECRET_ENV) else ()
        for variable in variables:
            text = os.environ.get(variable)
            if text is None:
                raise InspectorError(
                    f"The environment variable {visible(variable)} is not set. Set it to the secret."
                )
            self.give(f"env:{variable}", text, "env")
        for file in options.secret_files:
            name = f"file:{file.name}"
            if name in self._given:  # two files with the same name get their paths as names
                name = f"file:{file}"
            self.give(name, read_secret(file), "file")
        is_without = not self._given and not options.secret_keyring
        falls_back = options.falls_back_to_saved and is_without and any(self._flags.values())
        self._uses_saved = options.use_saved_secrets or falls_back
        self._is_awaited = bool(options.secret_keyring) or self._uses_saved

    async def load_keyring(self, options: Options) -> None:
        """Read the named secrets and, if they are used, the active ones of the file from the keyring.

        Raises InspectorError if a secret that the command line names is missing.
        """
        if not options.secret_keyring and not self._uses_saved:
            return
        async with self._turn:
            self.is_loading = True
            try:
                await self._load_from_keyring(options)
            finally:
                self.is_loading = self._is_awaited = False
                self._announce()

    async def _load_from_keyring(self, options: Options) -> None:
        if await asyncio.to_thread(self._keyring.find) is None:
            self.keyring_problem = no_keyring()
        for label in options.secret_keyring:
            if self.keyring is None:
                raise InspectorError(
                    f"Cannot read the secret {visible(label)}, because this system has no secure "
                    "keyring. Use --secret-env or --secret-file instead."
                )
            text = await asyncio.to_thread(self._keyring.get, self._file, label)
            if text is None:
                raise InspectorError(
                    f"The keyring has no secret {visible(label)} for {self._file}. Add it first, or "
                    "use --secret-env or --secret-file."
                )
            self.give(label, text, "keyring")
        if self._uses_saved and self.keyring is not None:
            await self._load_saved()

    async def _load_saved(self) -> None:
        for name in tuple(self._flags):
            try:
                text = await asyncio.to_thread(self._keyring.get, self._file, name)
            except InspectorError as error:
                self.keyring_problem = str(error)
                return
            self._saved[name] = None if text is None else Secret(name=name, text=text, is_saved=True)

    def follow(self, commits: CommitPoll, tasks: Tasks) -> None:
        """Follow changes of other processes to the secrets of the file, until the tasks are cancelled.

        Stored trust depends on the file itself, at once (see `store.captures.insert`). The secrets here, and
        the quota, may be outdated by one poll.
        """
        if not self._is_following and self._store is not None:
            self._is_following = True
            commits.start(tasks)
            tasks.spawn(commits.watch(self.refresh, "the secrets"), "follow the secrets of the file")

    async def refresh(self) -> None:
        """Apply what other processes changed. Raises BusyError if the file cannot be read now."""
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        if self._store is None:
            return
        changes = self._store.read(evaluations.secret_changes)  # first: later ones are read again
        before = self._flags, self._generated, self._had_one, self.changes
        self._read_flags()
        if (self._flags, self._generated, self._had_one, changes) == before:
            return
        self._saved = {name: secret for name, secret in self._saved.items() if name in self._flags}
        try:
            if self._uses_saved and self.keyring is not None:
                self.is_loading = True
                await self._load_saved()
            self.changes = changes
        finally:
            self.is_loading = False
            self._announce()

    # ---- called for the user

    async def add(self, name: str, text: str, *, save: bool, is_generated: bool = False) -> None:
        """Use a secret from now on, and save it in the keyring if requested. Raises InspectorError.

        `is_generated` means that this program generated the text, so that the sender does not have it yet.
        """
        name = self.check_new(name)
        if not text:
            raise UsageError("The secret is empty. Paste the one from the dashboard.")
        secret = Secret(name=name, text=text, is_saved=save)
        if len(secret.key) > MAX_BYTES:
            raise UsageError(f"A secret has at most {MAX_BYTES:,} bytes. Check what you pasted.")
        if not save:
            if is_generated:
                self._generated.add(name)
            self.give(name, text, "run")
            self._announce_changed()
            return
        if self._store is None:
            raise InspectorError(
                "There is no capture file. Start the listener or the window once, then save the secret."
            )
        async with self._turn:
            await asyncio.to_thread(self._keyring.put, self._file, name, text)
            try:
                await self._write(partial(small_tables.add_secret, name=name, is_generated=is_generated))
            except Exception:
                # Without a name in the file, no command could find the text again.
                await self._in_keyring(self._keyring.drop, name)
                raise
            self._saved[name] = secret
            self._announce_changed()

    def give(self, name: str, text: str, origin: Origin) -> None:
        """Use a secret in this process only. `changed` is not emitted."""
        secret = Secret(name=name, text=text)
        self._given[name] = GivenSecret(secret, origin, is_active=True, original=secret)
        self._ever_given.add(name)
        self._recount()

    async def correct(self, name: str, text: str) -> str:
        """Replace the text of a secret and return the previous one. Raises InspectorError.

        Outside this program, such as in an environment variable, nothing changes.
        """
        if (given := self._given.get(name)) is not None:
            self._given[name] = given._replace(secret=Secret(name=name, text=text))
            self._announce_changed()
            return given.secret.text
        self.check_saved(name)
        async with self._turn:
            if (saved := self._saved.get(name)) is None:
                raise InspectorError(f"The text of the secret {visible(name)} is missing. Add it again.")
            await asyncio.to_thread(self._keyring.put, self._file, name, text)
            await self._write(lambda connection: None)
            self._saved[name] = Secret(name=name, text=text, is_saved=True)
            self._announce_changed()
        return saved.text

    def check_new(self, name: str) -> str:
        """Return the name for a new secret, without white space around it. Raises UsageError."""
        name = name.strip()
        if not name or len(name) > MAX_NAME or visible(name) != name or name.startswith(GIVEN_NAMES):
            raise UsageError(f"A secret's name has up to {MAX_NAME} visible characters, such as production.")
        if any(row.name == name for row in self.names()):
            raise UsageError(f"There is already a secret {name}. Remove it first, or use another name.")
        return name

    def check_saved(self, name: str) -> None:
        """Check that a secret of this name is saved. Raises NotFound."""
        if name not in self._flags:
            raise NotFound(f"There is no saved secret {visible(name)}.{did_you_mean(name, self._flags)}")

    def check_keyring(self) -> None:
        """Check that secrets can be saved, after `load_keyring`. Raises InspectorError."""
        if self.keyring is None:
            step = next_step(
                terminal=f"Start GNOME Keyring or KWallet, or set {DEFAULT_SECRET_ENV} instead.",
                window="Start a keyring such as GNOME Keyring or KWallet, then try again.",
            )
            raise InspectorError(f"No secure keyring was found, so nothing can be saved. {step}")

    async def note_delivery(self, name: str) -> None:
        """Note that a delivery was signed with the secret `name`, so the sender has it."""
        if name not in self._generated:
            return
        self._generated.discard(name)
        self._announce()
        if name in self._flags and self._store is not None:
            self._delivered.add(name)
            await retry_while_busy(
                partial(self._store.write, partial(small_tables.forget_generated, name=name))
            )
            self._delivered.discard(name)

    async def read_dotenv(self, file: Path) -> tuple[tuple[str, str], ...]:
        """Return names and values in an .env file that may be webhook secrets, likely ones first.

        Adds nothing. Raises InspectorError if the file cannot be read.
        """
        return await asyncio.to_thread(dotenv_secrets, file)

    async def set_active(self, name: str, is_active: bool) -> None:
        """Use a secret, or stop using it."""
        if name in self._given:
            self._given[name] = self._given[name]._replace(is_active=is_active)
        elif name in self._flags and self._store is not None:
            async with self._turn:
                await self._write(partial(small_tables.put_secret_name, name=name, is_active=is_active))
                self._announce_changed()
            return
        self._announce_changed()

    async def remove(self, name: str) -> None:
        """Remove a secret, also from the keyring."""
        if self._given.pop(name, None) is None and name in self._flags and self._store is not None:
            async with self._turn:
                if self.keyring is not None:
                    await asyncio.to_thread(self._keyring.drop, self._file, name)
                try:
                    await self._write(partial(small_tables.drop_secret_name, name=name))
                except Exception:
                    if (secret := self._saved.get(name)) is not None:  # still listed, so its text is restored
                        await self._in_keyring(self._keyring.put, name, secret.text)
                    raise
                self._saved.pop(name, None)
                self._announce_changed()
            return
        self._generated.discard(name)
        self._announce_changed()

    # ---- internal

    @property
    def _file(self) -> str:
        return "" if self._store is None else str(self._store.path.resolve())

    async def _write(self, change: Callable[[Connection], None]) -> None:
        """Change the secrets of the file and, in the same transaction, request a new check of its verdicts.

        If the process ends before the check, the next one does it.
        """
        assert self._store is not None

        def job(connection: Connection) -> int:
            change(connection)
            return evaluations.note_secret_change(connection)

        made = await self._store.write(job)
        if made == self.changes + 1:  # otherwise `refresh` reads the changes of other processes first
            self.changes = made

    async def _in_keyring(self, work: Callable[..., None], name: str, *text: str) -> None:
        """Undo a change of the keyring after the file failed.

        An error is only logged: the caller raises the first one.
        """
        try:
            await asyncio.to_thread(work, self._file, name, *text)
        except InspectorError as error:
            log.warning("the keyring and the file disagree about the secret %s: %s", visible(name), error)

    def _read_flags(self) -> None:
        if self._store is not None:
            names = self._store.read(small_tables.secret_names)
            self._flags = {row.name: row.is_active for row in names}
            self._had_one = self._had_one or self._store.read(small_tables.had_secret)
            unsaved = {name for name in self._generated if name in self._given}
            stored = self._store.read(small_tables.generated_secrets)
            self._generated = unsaved | (stored - self._delivered)
        self._recount()

    def _recount(self) -> None:
        given = [one.secret for one in self._given.values() if one.is_active]
        saved = [self._saved.get(name) for name, is_active in self._flags.items() if is_active]
        self._active = tuple(secret for secret in (*given, *saved) if secret is not None and secret.text)
        self._had_one = self._had_one or bool(self._active)

    def _announce_changed(self) -> None:
        self._read_flags()
        self._announce()
        self.user_changed.emit(None)

    def _announce(self) -> None:
        self._recount()
        self.changed.emit(None)
