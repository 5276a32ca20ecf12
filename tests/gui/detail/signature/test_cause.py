"""The Signature tab finds out why: the cause, its proof, what changed, under which secret."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from inspector.domain.query.scope import EVERYTHING
from inspector.domain.signature.causes import SEARCHED
from inspector.domain.signature.finding import Finding
from inspector.gui.detail.marked_text import first_difference
from inspector.gui.detail.pane import DetailPane
from inspector.gui.detail.signature.verdict_text import LOOKING_FOR_CAUSE, causes, shared_text
from inspector.session.receiver.verifiers import VERIFIERS, verifier_text
from inspector.session.session import Session
from tests.builders import COMPLETION, SECRET_TEXT, an_answer, signature
from tests.gui.conftest import at_rest
from tests.gui.detail.conftest import put
from tests.gui.detail.signature.test_tab import shown, words
from tests.waiting import until

SPACED = json.dumps(json.loads(COMPLETION)).encode()


def signed(value: bytes) -> dict[str, object]:
    return {"signed": False, "headers": ((b"x-webhook-signature", value),)}


async def test_a_proved_cause_is_the_first_sentence(pane: DetailPane, session: Session) -> None:
    said = await shown(pane, session, COMPLETION, **signed(signature(COMPLETION, SECRET_TEXT + "\n")))
    secret = "The secret “env:BLITZ_WEBHOOK_SECRET”"
    assert f"{secret} ends with a newline on the sender’s side" in said
    assert "No other capture fails for this reason." in said
    assert "Found in the secret" in said
    assert "secret-whitespace" in said
    assert "With the newline, all 64 digits match." in said
    assert "•••••••• \\n\n" in said
    assert "Only the sender’s secret has it." in said
    assert f"Ruled out: {len(SEARCHED) - 1} other causes" in pane.signature.ruled_out.head.text()
    assert not pane.signature.ruled_out.is_open


@pytest.mark.parametrize(
    ("ours", "sender", "said"),
    [
        ("key\n", "key", "ends with a newline"),
        ("key\r\n", "key", "ends with a Windows newline"),
        ("  key", "key", "starts with 2 spaces"),
        (" key\n\n", "key", "starts with a space and ends with 2 newlines"),
        ("key \t\n", "key", "ends with a space, a tab and a newline"),
        ("key \n \n", "key", "ends with 4 characters of whitespace"),
        ("k e  y", "key", "has 3 spaces in it"),
        ("key", "key\u00a0", "ends with a no-break space on the sender’s side"),
        ("key", " key ", "starts with a space and ends with a space on the sender’s side"),
        ("key\n", "key\n\n", "ends with 2 newlines on the sender’s side"),
    ],
)
async def test_which_white_space_of_a_secret_where_and_how_much_is_the_headline(
    pane: DetailPane, session: Session, ours: str, sender: str, said: str
) -> None:
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await session.secrets.add("staging", ours, save=False)
    shows = await shown(pane, session, COMPLETION, **signed(signature(COMPLETION, sender)))
    assert f"The secret “staging” {said}\n" in shows
    assert "key" not in shows.replace("app_key", ""), "nothing of it but the fault"


@pytest.mark.parametrize(
    ("came", "was_signed", "said"),
    [
        (b"hello\n\n", b"hello", "the received body ends with 2 newlines"),
        (b" hello\n", b"hello", "the received body starts with a space and ends with a newline"),
        (b"hello \n", b"hello", "the received body ends with a space and a newline"),
        (b"hello", b"hello\n", "the signed body ends with a newline"),
        (b"hello", b"hello\r\n", "the signed body ends with a Windows newline"),
    ],
)
async def test_which_white_space_of_a_body_where_and_how_much_is_the_headline(
    pane: DetailPane, session: Session, came: bytes, was_signed: bytes, said: str
) -> None:
    shows = await shown(pane, session, came, **signed(signature(was_signed)))
    assert f"{said[0].upper()}{said[1:]}\n" in shows


def test_what_was_found_out_before_it_was_known_which_white_space_is_still_said() -> None:
    old = Finding(code="secret-whitespace", summary="", fix="", is_proved=True, detail={"secret": "staging"})
    assert causes([old]) == "the secret “staging” differs in whitespace"


async def test_it_says_how_many_fail_for_the_same_reason(pane: DetailPane, session: Session) -> None:
    for response in ("one", "two"):
        body = an_answer(response)
        await shown(pane, session, body, **signed(signature(body, SECRET_TEXT + "\n")))
    await until(lambda: "2 captures fail for this reason alone." in words(pane))


async def test_two_faults_are_both_named_each_with_its_card(pane: DetailPane, session: Session) -> None:
    value = base64.b64encode(bytes.fromhex(signature(SPACED).decode()))
    said = await shown(pane, session, COMPLETION, **signed(value))
    assert "A different serialisation of the body was signed, and the digest is in base64" in said
    assert "2 faults at once, listed below." in said
    assert "With all 2 faults corrected" in said
    assert "body-reserialised" in said
    assert "digest-base64" in said


async def test_beside_a_proved_cause_what_was_merely_seen_is_a_line(
    pane: DetailPane, session: Session
) -> None:
    said = await shown(pane, session, COMPLETION, **signed(signature(COMPLETION)[:40]))
    assert cards(pane) == ["digest-truncated"]
    seen = [line for line in said.split("\n") if line.startswith("Also observed: ")]
    assert [line.rpartition(" ")[2] for line in seen] == ["(header-wrong-length)"]


async def test_what_was_seen_stays_a_card_where_no_cause_is_proved(
    pane: DetailPane, session: Session
) -> None:
    said = await shown(pane, session, COMPLETION, **signed(b"not a digest"))
    assert "header-not-hex" in cards(pane)
    assert "Also observed" not in said


def cards(pane: DetailPane) -> list[str]:
    """The codes that are shown on a card of their own."""
    return [card.code.text() for card in pane.signature.cards if card.isVisible()]


async def test_what_changed_in_the_body_is_shown_on_both_sides(pane: DetailPane, session: Session) -> None:
    said = await shown(pane, session, SPACED, **signed(signature(COMPLETION)))
    assert "a space after a colon" in said
    assert "First difference after 11 bytes." in said
    assert '{"user_id":"user_123"' in said
    assert '{"user_id": "user_123"' in said


async def test_a_cause_that_is_not_found_says_what_was_ruled_out(pane: DetailPane, session: Session) -> None:
    await shown(pane, session, COMPLETION, **signed(signature(COMPLETION, "something else entirely")))
    tab = pane.signature
    assert "Ruled out: " in tab.ruled_out.head.text()
    assert "secret-quoted" not in words(pane)
    tab.ruled_out.head.click()
    assert "secret-quoted: the secret differs by quotes around it" in words(pane)


async def test_the_check_is_shown_while_the_cause_is_still_sought(pane: DetailPane, session: Session) -> None:
    pane.show_view("Signature")
    wrong = signature(COMPLETION, "something else entirely")
    pane.show_capture(await put(session, COMPLETION, **signed(wrong)))
    await until(lambda: LOOKING_FOR_CAUSE in words(pane))
    assert "of 64 digits differ." in words(pane)
    assert not pane.signature.is_complete
    await until(lambda: pane.signature.is_complete)
    assert LOOKING_FOR_CAUSE not in words(pane)


async def test_a_search_is_given_up_when_another_capture_is_chosen(
    pane: DetailPane, session: Session
) -> None:
    pane.show_view("Signature")
    pane.show_capture(await put(session, COMPLETION, **signed(b"0" * 64)))
    await until(lambda: LOOKING_FOR_CAUSE in words(pane))
    [sought] = [task for task in asyncio.all_tasks() if task.get_name() == "explain a signature"]
    pane.show_capture(await put(session, an_answer()))
    await until(lambda: "Valid with" in words(pane))
    await until(sought.done)
    assert sought.cancelled()


async def test_what_is_announced_of_a_diagnosis_does_not_begin_another(
    pane: DetailPane, session: Session
) -> None:
    session.captures.judged.connect(pane.refresh)
    asked: list[tuple[int, ...]] = []
    session.captures.judged.connect(asked.append)
    await shown(pane, session, COMPLETION, **signed(b"0" * 64))
    await until(lambda: asked)
    await at_rest("explain a signature")
    assert len(asked) == 1


async def test_the_digests_of_an_encoded_signature_are_those_of_the_secret_that_made_it(
    pane: DetailPane, session: Session
) -> None:
    await session.secrets.add("later", "made it", save=False)
    right = signature(COMPLETION, "made it").decode()
    digests = pane.signature.digests
    await shown(pane, session, COMPLETION, **signed(base64.b64encode(bytes.fromhex(right))))
    await until(lambda: digests.secret.text() == "later")
    assert digests.decoded.isVisible()
    assert (digests.decoded.text, digests.raw.text) == (right, right)
    await shown(pane, session, COMPLETION, **signed(b"sha256=" + right.encode()))
    await until(lambda: (digests.received.lead, digests.received.text) == ("sha256=", right))
    await until(lambda: digests.secret.text() == "later")
    assert not digests.decoded.isVisible()


async def test_which_of_several_secrets_is_looked_under_is_a_choice(
    pane: DetailPane, session: Session
) -> None:
    await session.secrets.add("staging", "another\n", save=False)
    await shown(pane, session, COMPLETION, **signed(signature(COMPLETION, "another")))
    digests = pane.signature.digests
    assert digests.secret.text() == "staging"  # the fault is in this one
    assert digests.raw.text == signature(COMPLETION, "another\n").decode()
    digests.secrets.actions()[0].trigger()
    assert digests.secret.text() == "env:BLITZ_WEBHOOK_SECRET"
    assert digests.raw.text == signature(COMPLETION).decode()


async def test_the_signed_bytes_unfold_as_text_and_in_hex(pane: DetailPane, session: Session) -> None:
    await shown(pane, session, COMPLETION)
    tab = pane.signature
    assert tab.signed_bytes.head.text() == "Signed bytes: the received body, 645 bytes"
    tab.signed_bytes.head.click()
    await until(lambda: '{"user_id":"user_123"' in tab.bytes_view.text.toPlainText())
    assert tab.bytes_view.hex.hex.rowCount() > 0
    pane.show_capture(await put(session, an_answer()))
    await until(lambda: not tab.signed_bytes.is_open)


async def test_a_verdict_of_before_can_be_checked_again(pane: DetailPane, session: Session) -> None:
    wrong = signature(COMPLETION, "another secret")
    session.captures.judged.connect(pane.refresh)
    await session.secrets.add("mine", "another secret", save=False)
    await session.verification.wait()
    said = await shown(pane, session, COMPLETION, **signed(wrong))  # stored as invalid, as by an older run
    head = pane.signature.head
    assert "This verdict was made with other secrets." in said
    assert "Invalid\n" in said
    assert "Valid with" not in said, "never two verdicts"
    assert pane.signature.digests.isHidden()
    assert head.re_verify.isVisible()
    await session.verification.start()
    await until(lambda: "Valid with “mine”" in words(pane))
    assert not head.re_verify.isVisible()


async def test_a_verifier_is_copied_in_the_selected_language(pane: DetailPane, session: Session) -> None:
    await shown(pane, session, COMPLETION, **signed(b"0" * 64))
    buttons = pane.signature.buttons
    languages = [action.text() for action in buttons.languages.actions()]
    assert languages == ["JavaScript", "Python", "PHP", "Go", "Ruby", "Java, Spring", "C#, ASP.NET Core"]
    python = buttons.languages.actions()[1].menu()
    assert isinstance(python, QMenu)
    assert [entry.text() for entry in python.actions()] == ["aiohttp", "Flask", "FastAPI", "Django"]
    python.actions()[1].trigger()
    assert buttons.language.text() == "Python, Flask"
    QTest.mouseClick(buttons.copy_verifier, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == verifier_text(VERIFIERS["flask"])
    assert buttons.copy_verifier.shown_text == "Copied"


async def test_the_captures_with_the_same_cause_are_listed_and_a_message_is_copied(
    pane: DetailPane, session: Session
) -> None:
    filters: list[str] = []
    pane.filter_requested.connect(filters.append)
    await session.secrets.add("my staging", "a secret of mine\n", save=False)
    for response in ("one", "two"):
        body = an_answer(response)
        await shown(pane, session, body, **signed(signature(body, "a secret of mine")))
    buttons = pane.signature.buttons
    await until(lambda: buttons.show_all.isVisible() and buttons.show_all.text() == "Show the 2")
    QTest.mouseClick(buttons.show_all, Qt.MouseButton.LeftButton)
    assert filters == ['cause:secret-whitespace secret:"my staging"']
    assert len(await session.captures.ids(EVERYTHING, filters[0])) == 2
    QTest.mouseClick(buttons.message, Qt.MouseButton.LeftButton)
    await until(lambda: buttons.message.shown_text == "Copied")
    message = QApplication.clipboard().text()
    assert message.startswith("Our receiver rejects 2 deliveries, although you sign them correctly.")
    assert "a secret of mine" not in message


async def test_where_no_cause_is_proved_trying_a_secret_comes_first(
    pane: DetailPane, session: Session
) -> None:
    said = await shown(pane, session, COMPLETION, **signed(b"0" * 64))
    [found] = [one for one in (await session.diagnoses.explain(1)).findings if one.code == "unexplained"]
    assert f"None of the {found.detail['tried']:,} known mistakes explains it.\n" in said
    buttons = pane.signature.buttons
    assert buttons.try_secret.isVisible()
    assert buttons.try_secret.is_primary
    assert not buttons.cure.isVisible()
    assert not buttons.message.is_primary
    QTest.mouseClick(buttons.message, Qt.MouseButton.LeftButton)
    await until(lambda: buttons.message.shown_text == "Copied")
    message = QApplication.clipboard().text()
    assert message.startswith("The signature of 1 delivery does not match.\n\nExpected: X-Webhook-Signature")
    assert f"{len(COMPLETION)} bytes" in message


async def test_the_sender_of_an_unsigned_one_gets_a_message(pane: DetailPane, session: Session) -> None:
    await shown(pane, session, COMPLETION, signed=False)
    buttons = pane.signature.buttons
    await until(buttons.message.isVisible)
    assert not buttons.try_secret.isVisible()
    QTest.mouseClick(buttons.message, Qt.MouseButton.LeftButton)
    await until(lambda: buttons.message.shown_text == "Copied")
    assert QApplication.clipboard().text().startswith("1 delivery has no X-Webhook-Signature header.\n")
    await shown(pane, session, COMPLETION)
    await until(lambda: not buttons.isVisible())


async def test_what_only_the_sender_can_change_is_told_the_sender(pane: DetailPane, session: Session) -> None:
    value = base64.b64encode(bytes.fromhex(signature(COMPLETION).decode()))
    await shown(pane, session, COMPLETION, **signed(value))
    buttons = pane.signature.buttons
    await until(buttons.message.isVisible)
    assert buttons.message.is_primary
    assert not buttons.cure.isVisible()
    assert not buttons.show_all.isVisible(), "there is no other one"


async def test_the_cure_is_the_primary_button_and_counts_what_it_cures(
    pane: DetailPane, session: Session
) -> None:
    await session.secrets.add("staging", "mine\n", save=False)
    await shown(pane, session, COMPLETION, **signed(signature(COMPLETION, "mine")))
    buttons = pane.signature.buttons
    await until(buttons.cure.isVisible)
    assert buttons.cure.text() == "Use the secret without the newline and re-verify 1"
    assert buttons.cure.is_primary
    assert "digits differ. Without the newline: 0." in words(pane)
    assert "Use it without the newline here and in your service." in words(pane)
    assert "mine" not in repr(buttons.offer)


async def test_a_cure_for_some_deliveries_keeps_the_secret_and_the_message_for_the_sender_comes_first(
    pane: DetailPane, session: Session
) -> None:
    await put(session, an_answer("valid"))
    await session.verification.repeat()
    await session.verification.wait()
    await shown(pane, session, COMPLETION, **signed(signature(COMPLETION, SECRET_TEXT + "\n")))
    buttons = pane.signature.buttons
    await until(buttons.cure.isVisible)
    assert buttons.cure.text() == "Also use the secret with the newline and re-verify 1"
    assert (buttons.message.is_primary, buttons.cure.is_primary) == (True, False)
    top, below = (one.mapTo(buttons, QPoint()).y() for one in (buttons.message, buttons.cure))
    assert top < below
    assert "“BLITZ_WEBHOOK_SECRET with newline” is added." in buttons.note.toPlainText()
    await session.secrets.add("staging", "mine\n", save=False)
    await session.verification.wait()
    await shown(pane, session, COMPLETION, **signed(signature(COMPLETION, "mine")))
    # Those of the capture before are shown first, and then none.
    await until(lambda: buttons.cure.isVisible() and buttons.cure.is_primary)
    assert not buttons.message.is_primary
    await until(lambda: not buttons.note.isVisible())

    def is_first() -> bool:
        top, below = (one.mapTo(buttons, QPoint()).y() for one in (buttons.cure, buttons.message))
        return top < below

    await until(is_first)


def test_without_a_cause_nothing_is_said() -> None:
    assert causes([]) == ""
    assert shared_text([], 3) == "3 captures fail for this reason alone."


def test_two_texts_part_at_their_first_other_character() -> None:
    assert first_difference("abc", "abd") == 2
    assert first_difference("abc", "ab") == 2
    assert first_difference("", "x") == 0
