"""Cures of proved causes: the change of a secret that makes every capture with the same cause valid."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from inspector.base.visible import shortened, visible
from inspector.domain.capture.capture import Capture
from inspector.domain.capture.rows import CaptureDetail
from inspector.domain.capture.sender_message import MAX_LISTED, sender_message
from inspector.domain.json.value import NotJSON, parse_bounded
from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.content import content_of
from inspector.domain.signature.cures import correction
from inspector.domain.signature.finding import Finding
from inspector.domain.signature.signature import received
from inspector.domain.stringify import stringify
from inspector.session.captures import Captures
from inspector.session.signature.secret_changes import SecretChanges
from inspector.session.signature.secrets import MAX_NAME, Secrets
from inspector.session.signature.verification import Verification
from inspector.store.store import Store
from inspector.store.write import evaluations


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretCure:
    """A change of one secret: another text, another secret with that text, or its activation."""

    name: str
    change: str = ""
    """How the text changes, such as `without the newline`; empty to only activate the secret."""
    text: str | None = field(default=None, repr=False)
    """The corrected text; None to only activate the secret."""
    is_ours: bool = True
    """Whether the fault is on this side, so that the sender has nothing to correct."""
    added: str = ""
    """The name of another secret that gets the corrected text, because captures are valid with this one as
    it is; empty to replace the text."""

    @property
    def note(self) -> str:
        """What happens to the secret that stays, as sentences; empty if none is added."""
        if not self.added:
            return ""
        name, added = (shortened(visible(one), 60) for one in (self.name, self.added))
        return f"Other captures are valid with “{name}”, so it stays active. “{added}” is added."

    def label(self, count: int) -> str:
        """Return the words of its button, for `count` captures with the same cause."""
        name = shortened(visible(self.name), 30)
        use = "Also use" if self.added else "Use"
        verb = f"{use} the secret {self.change}" if self.change else f"Activate “{name}”"
        return f"{verb} and re-verify {max(count, 1):,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CureResult:
    """The result of a cure."""

    count: int
    """The captures with the same cause, before the cure."""
    valid: int
    """Those of them that are valid now."""

    @property
    def sentence(self) -> str:
        """Such as `26 of 26 are valid now.`"""
        return f"{self.valid:,} of {self.count:,} {'is' if self.count == 1 else 'are'} valid now."


class Cures:
    """Finds and applies cures."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        captures: Captures,
        verification: Verification,
        changes: SecretChanges,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._captures = captures
        self._verification = verification
        self._changes = changes

    def cure(self, capture: Capture, findings: Sequence[Finding]) -> SecretCure | None:
        """Return the cure of an invalid signature, if its only proved cause can be cured here.

        For a body that is evaluated later, call it in a thread.
        """
        proved = [finding for finding in findings if finding.is_proved]
        # A prefix and an encoding can be one correction of the secret.
        if not proved or any(not finding.code.startswith("secret-") for finding in proved):
            return None
        name = proved[0].detail.get("secret")
        if proved[0].code == "secret-other" and any(row.name == name for row in self._secrets.names()):
            return SecretCure(name=str(name))
        secret = next((one for one in self._secrets.active if one.name == name), None)
        signature = received(capture)
        if secret is None or signature is None:
            return None
        found = correction(proved[0], secret, _messages(capture), signature)
        if found is None or (secret.is_saved and not _is_plain(found.text)):
            return None
        is_ours = found.change.startswith("without")
        return SecretCure(name=secret.name, change=found.change, text=found.text, is_ours=is_ours)

    async def kept(self, cure: SecretCure | None) -> SecretCure | None:
        """Return the cure such that it makes no valid capture invalid.

        If a stored capture is valid with the secret as it is, this one is right, and the sender uses another
        one for some deliveries: the corrected text becomes a second secret.
        """
        if cure is None or cure.text is None:
            return cure
        if not await self._store.fetch(partial(evaluations.is_any_valid_with, secret=cure.name)):
            return replace(cure, added="")
        return replace(cure, added=cure.added or self._name_for(cure), is_ours=False)

    def _name_for(self, cure: SecretCure) -> str:
        """Return a new name, such as `production with newline`."""
        name = cure.name.removeprefix("env:").removeprefix("file:")
        change = cure.change.replace("the ", "", 1)
        taken = {row.name for row in self._secrets.names()}
        ends = (f" {change}{number}" for number in ("", *(f" {one}" for one in range(2, len(taken) + 3))))
        names = (f"{name[: MAX_NAME - len(end)]}{end}" for end in ends)
        return next(new for new in names if new not in taken)

    @staticmethod
    def query(findings: Sequence[Finding]) -> str:
        """Return the filter for all captures that fail for the same reason only."""
        proved = [finding for finding in findings if finding.is_proved]
        if len({finding.code for finding in proved}) != 1:
            return ""
        cause, secret = proved[0].code, proved[0].detail.get("secret")
        quoted = str(secret).replace("\\", "\\\\").replace('"', '\\"')
        of_secret = f' secret:"{quoted}"' if secret and cause.startswith("secret-") else ""
        return f"cause:{cause}{of_secret}"

    async def affected(self, findings: Sequence[Finding]) -> array[int]:
        """Return the captures that `query` selects, oldest first."""
        query = self.query(findings)
        return await self._captures.chosen(EVERYTHING, query) if query else array("q")

    async def message(
        self, detail: CaptureDetail, findings: Sequence[Finding], cure: SecretCure | None
    ) -> str | None:
        """Return a message for the sender, or None if the sender has nothing to correct or to send again.

        It contains no secret, no answer and no whole digest.
        """
        if not can_address_sender(detail.row.verdict.word, findings, cure):
            return None
        cure = await self.kept(cure)
        ids = await self.affected(findings) or array("q", [detail.row.id])
        newest = ids[-MAX_LISTED:]
        rows = self._captures.rows(newest)
        listed = [rows[one] for one in newest if one in rows]
        is_ours = cure is not None and cure.is_ours
        return sender_message(detail, findings, listed, len(ids), is_ours=is_ours)

    async def apply(self, cure: SecretCure, ids: Sequence[int]) -> CureResult:
        """Apply a cure, verify all captures again, and return how many of `ids` it made valid.

        A capture that became valid since the offer stays valid, too. `SecretChanges.undo` undoes it. Raises
        InspectorError.
        """
        cure = await self.kept(cure) or cure
        if cure.text is None:
            await self._changes.switch(cure.name, True)
        elif cure.added:
            is_saved = any(one.name == cure.name and one.is_saved for one in self._secrets.active)
            await self._changes.add(cure.added, cure.text, save=is_saved)
        else:
            await self._changes.correct(cure.name, cure.text)
        await self._verification.wait()
        valid = await self._store.fetch(partial(evaluations.count_valid, ids=ids))
        return CureResult(count=len(ids), valid=valid)


def can_address_sender(verdict: str, findings: Sequence[Finding], cure: SecretCure | None) -> bool:
    """Return whether the sender has to correct something, or to send deliveries again.

    `verdict`: the word of the verdict.
    """
    is_examined = any(finding.is_proved or finding.code == "unexplained" for finding in findings)
    needs_change = verdict == "unsigned" or (verdict == "invalid" and is_examined)
    return needs_change and (cure is None or cure.text is not None)


def _messages(capture: Capture) -> tuple[bytes, ...]:
    body = content_of(capture).body
    try:
        printed = stringify(parse_bounded(body))
    except NotJSON:  # or too large
        return (body,)
    return (body,) if printed == body else (body, printed)


def _is_plain(text: str) -> bool:
    """Return whether a keyring can store a text: bytes that are not UTF-8 cannot."""
    return text.encode("utf-8", "ignore").decode() == text
