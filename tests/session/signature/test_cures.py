"""A proved fault of a secret is cured in one call, and undone in another."""

from __future__ import annotations

import pytest

from inspector.domain.query.scope import EVERYTHING
from inspector.session.session import Session
from inspector.session.signature.cures import CureResult, SecretCure
from tests.builders import COMPLETION, a_capture, an_answer, signature
from tests.session.conftest import Start, Wallet, post

SECRET = "a secret of some length"


async def deliver(session: Session, *bodies: bytes, secret: str) -> None:
    """Receive bodies that are signed with this secret."""
    assert session.ingest.url is not None
    for body in bodies:
        await post(session.ingest.url, body, (b"x-webhook-signature", signature(body, secret)))


async def cure_of(session: Session, capture_id: int) -> tuple[SecretCure | None, list[int]]:
    """Return the cure of a capture, and all captures with the same cause, after all are diagnosed."""
    for one in await session.captures.ids(EVERYTHING, "verdict:invalid"):
        await session.diagnoses.explain(one)
    findings = (await session.diagnoses.explain(capture_id)).findings
    detail = await session.captures.detail(capture_id)
    return session.cures.cure(detail.capture, findings), list(await session.cures.affected(findings))


@pytest.mark.parametrize(
    ("here", "there", "label"),
    [
        (f"{SECRET}\n", SECRET, "Use the secret without the newline and re-verify 1"),
        (SECRET, f"{SECRET}\n", "Use the secret with the newline and re-verify 1"),
        (f"  {SECRET}\t", SECRET, "Use the secret without the whitespace and re-verify 1"),
        (f'"{SECRET}"', SECRET, "Use the secret without the quotes and re-verify 1"),
        (SECRET, f"'{SECRET}'", "Use the secret with the quotes and re-verify 1"),
        (f"whsec_{SECRET}", SECRET, "Use the secret without the prefix whsec_ and re-verify 1"),
        ("c29tZXRoaW5n", "something", "Use the secret decoded from base64 and re-verify 1"),
        (
            "a&amp;b of some length",
            "a&b of some length",
            "Use the secret without the escapes and re-verify 1",
        ),
    ],
)
async def test_each_proved_fault_of_a_secret_has_its_cure(
    start: Start, here: str, there: str, label: str
) -> None:
    session = await start(secret=here)
    await deliver(session, COMPLETION, secret=there)
    cure, ids = await cure_of(session, 1)
    assert cure is not None
    assert cure.label(len(ids)) == label
    assert SECRET not in repr(cure)
    assert (await session.cures.apply(cure, ids)).sentence == "1 of 1 is valid now."
    assert session.captures.rows([1])[1].verdict.word == "valid"


async def test_a_cure_and_its_undo_change_secret_and_verdicts_together(start: Start) -> None:
    session = await start(secret=f"{SECRET}\n")
    await deliver(session, an_answer("a"), an_answer("b"), COMPLETION, secret=SECRET)
    await deliver(session, an_answer("c"), secret="an unknown one")
    await session.secrets.add("other", "other\n", save=False)
    await deliver(session, an_answer("d"), secret="other")
    cure, ids = await cure_of(session, 1)
    assert cure is not None
    assert sorted(ids) == [1, 2, 3], "not what another secret explains"
    assert await session.cures.apply(cure, ids) == CureResult(count=3, valid=3)
    assert [one.text for one in session.secrets.active] == [SECRET, "other\n"]
    [row, _] = session.secrets.names()
    assert "corrected until the program ends" in str(row.note)
    assert session.secret_changes.last is not None
    assert SECRET not in repr(session.secret_changes.last)
    assert await session.secret_changes.undo() == f"Undone: corrected the secret {row.name}."
    await session.verification.wait()
    assert {row.verdict.word for row in session.captures.rows(range(1, 6)).values()} == {"invalid"}
    assert session.secrets.active[0].text == f"{SECRET}\n"
    assert await session.secret_changes.undo() == ""


async def test_a_saved_secret_is_corrected_in_the_keyring(start: Start, wallet: Wallet) -> None:
    session = await start(secret=None)
    await session.secrets.add("production", f"{SECRET}\n", save=True)
    await deliver(session, COMPLETION, secret=SECRET)
    cure, ids = await cure_of(session, 1)
    assert cure is not None
    await session.cures.apply(cure, ids)
    assert list(wallet.kept.values()) == [SECRET]
    await session.secret_changes.undo()
    assert list(wallet.kept.values()) == [f"{SECRET}\n"]


async def test_a_secret_that_is_not_active_is_activated(start: Start) -> None:
    session = await start(secret="another secret")
    await session.secrets.add("staging", SECRET, save=False)
    await session.secrets.set_active("staging", False)
    await deliver(session, COMPLETION, secret=SECRET)
    cure, ids = await cure_of(session, 1)
    assert cure is not None
    assert cure.label(len(ids)) == "Activate “staging” and re-verify 1"
    assert (await session.cures.apply(cure, ids)).valid == 1


async def test_what_the_sender_must_change_has_no_cure_here(start: Start) -> None:
    session = await start(secret=SECRET)
    await deliver(session, COMPLETION, secret="")
    assert (await cure_of(session, 1))[0] is None
    assert session.cures.cure(a_capture(COMPLETION), ()) is None


@pytest.mark.parametrize("save", [True, False])
async def test_adding_a_secret_verifies_at_once_and_is_undone(
    start: Start, wallet: Wallet, save: bool
) -> None:
    session = await start(secret="another secret")
    await deliver(session, COMPLETION, secret=SECRET)
    await session.secret_changes.add("mine", SECRET, save=save)
    assert (await session.verification.wait()).changed == 1
    assert session.captures.rows([1])[1].verdict.word == "valid"
    await session.secret_changes.switch("mine", False)
    await session.verification.wait()
    assert session.captures.rows([1])[1].verdict.word == "invalid"
    await session.secret_changes.undo()
    await session.verification.wait()
    assert session.captures.rows([1])[1].verdict.word == "valid"


async def test_a_secret_that_other_captures_are_valid_with_stays_and_another_one_is_added(
    start: Start,
) -> None:
    session = await start(secret=SECRET)
    await deliver(session, COMPLETION, an_answer("a"), secret=f"{SECRET}\n")
    await deliver(session, an_answer("b"), secret=SECRET)
    found, ids = await cure_of(session, 1)
    cure = await session.cures.kept(found)
    assert cure is not None
    [before] = session.secrets.names()
    added = f"{before.name.removeprefix('env:')} with newline"
    assert cure.label(len(ids)) == "Also use the secret with the newline and re-verify 2"
    assert cure.note == (
        f"Other captures are valid with “{before.name}”, so it stays active. “{added}” is added."
    )
    findings = (await session.diagnoses.explain(1)).findings
    message = await session.cures.message(await session.captures.detail(1), findings, found)
    assert message is not None
    assert "you sign them correctly" not in message
    assert found is not None
    result = await session.cures.apply(found, ids)  # an offer from before the valid capture came
    assert result.sentence == "2 of 2 are valid now."
    assert {row.verdict.word for row in session.captures.rows([1, 2, 3]).values()} == {"valid"}
    assert [(row.name, row.is_active) for row in session.secrets.names()] == [
        (before.name, True),
        (added, True),
    ]
    assert await session.secret_changes.undo() == f"Undone: added the secret {added}."
    await session.verification.wait()
    assert [row.name for row in session.secrets.names()] == [before.name]
    assert session.captures.rows([3])[3].verdict.word == "valid"
