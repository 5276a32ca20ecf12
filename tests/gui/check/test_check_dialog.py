"""*Check my receiver*: its verdict, its groups, what each test sent and got, and nothing sent unasked."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from pathlib import Path

import pytest
from aiohttp import web
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget

from inspector.gui.check.check_dialog import CheckDialog
from inspector.gui.kit.context.mask import Mask
from inspector.gui.kit.theme import Theme
from inspector.gui.replay.target import TargetDialog
from inspector.session.options import Options
from inspector.session.receiver.check import TITLES
from inspector.session.receiver.verifiers import VERIFIERS, verifier_text
from inspector.session.session import Session
from inspector.session.targets import NamedTarget
from tests.builders import SECRET_TEXT, an_answer
from tests.cli.verbs.check.test_check import Handler, good, is_signed, receiver
from tests.gui.conftest import deliver
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("busy_machine")

AWAY = "http://192.0.2.10/hook"  # for documentation alone, RFC 5737: nobody answers
UNHEARD = 9


class Hanging:
    """Answers as a good one some times, and then never again."""

    def __init__(self) -> None:
        self.heard = 0
        self.gave_up = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.Response:
        self.heard += 1
        if self.heard < UNHEARD:
            return await good(request)
        try:
            await asyncio.Event().wait()
        finally:
            self.gave_up.set()
        raise AssertionError


async def careless(request: web.Request) -> web.Response:
    """Looks for a signature, and not at it."""
    return web.Response(status=200 if "x-webhook-signature" in request.headers else 401)


@pytest.fixture
async def dialog(session: Session, theme: Theme, plain_window: QWidget) -> CheckDialog:
    dialog = CheckDialog(session, theme, plain_window)
    dialog.show()
    dialog.activateWindow()
    await until(dialog.isActiveWindow)
    return dialog


def enter(dialog: CheckDialog, to: str) -> None:
    """Type where to, and Return."""
    dialog.fields.target.line.selectAll()
    QTest.keyClicks(dialog.fields.target.line, to)
    QTest.keyClick(dialog.fields.target.line, Qt.Key.Key_Return)


async def ended(dialog: CheckDialog) -> None:
    await until(lambda: not dialog.is_checking)


async def check(dialog: CheckDialog, handle: Handler) -> str:
    """Check a receiver, and return its address."""
    async with receiver(handle) as url:
        enter(dialog, url)
        await ended(dialog)
    return url


def verdict(dialog: CheckDialog) -> str:
    return dialog.verdict.headline.toPlainText()


def about(dialog: CheckDialog) -> str:
    return dialog.verdict.about.toPlainText()


def lines(dialog: CheckDialog) -> list[str]:
    """The visible rows without their times."""
    return [re.sub(r", [\d,.]+ ms$", "", line) for line in dialog.results.lines]


def click(dialog: CheckDialog, text: str) -> None:
    """Click the visible row that begins with this text."""
    tree = dialog.results
    place = next(number for number, line in enumerate(tree.lines) if line.startswith(text))
    index = tree.model().index(0, 0)
    for _ in range(place):
        index = tree.indexBelow(index)
    tree.scrollTo(index)
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(index).center())


async def rejects(request: web.Request) -> web.Response:
    headers = {"X-Powered-By": "Express"}
    return web.json_response({"error": "invalid \x1b[31m signature"}, status=401, headers=headers)


async def test_failures_come_first_and_groups_that_passed_are_folded(
    dialog: CheckDialog, session: Session
) -> None:
    assert dialog.fields.target.line.hasFocus()
    assert not dialog.fields.verb.isEnabled()
    assert not dialog.isModal()
    assert verdict(dialog) == "Not checked yet"
    assert lines(dialog)[:2] == ["Accepts what it must", "Valid completion, waiting"]
    async with receiver(careless) as url:
        enter(dialog, url)
        assert verdict(dialog) == f"0 of {len(TITLES)}", "from the first moment"
        assert dialog.verdict.stop.hasFocus()
        await ended(dialog)
    assert verdict(dialog).startswith("Your receiver accepts forged deliveries: ")
    assert re.match(rf"\d+ of {len(TITLES)} tests fail", about(dialog))
    first, *rows = lines(dialog)
    assert re.match(r"Rejects what it must, \d+ of \d+ fail", first)
    assert rows[:2] == ["Empty signature, failed, 200", "Body changed after signing, failed, 200"]
    assert any(re.fullmatch(r"Accepts what it must, (\d+) of \1 pass", row) for row in rows)
    assert not any(row.startswith("Valid completion") for row in rows), "its group is folded"
    assert dialog.results.selected_title == "Empty signature"
    QTest.keyClick(dialog.results, Qt.Key.Key_Down)
    assert dialog.exchange.outcome.text().startswith("expected 4xx, got 200 in ")
    assert dialog.exchange.explanation.toPlainText() == (
        "Accepts an invalid signature: the body was changed."
    )
    assert (dialog.fields.verb.text(), dialog.fields.verb.isEnabled()) == ("Check again", True)
    assert session.replays.last_target == url


async def test_a_correct_receiver_has_no_card_and_all_groups_are_folded(dialog: CheckDialog) -> None:
    await check(dialog, good)
    assert verdict(dialog) == f"Your receiver is correct: all {len(TITLES)} tests pass."
    assert not dialog.card.isVisible()
    assert len(lines(dialog)) == 3
    assert all(re.search(r", (\d+) of \1 pass$", line) for line in lines(dialog))


async def test_groups_are_folded_and_unfolded_by_keyboard_and_by_mouse(dialog: CheckDialog) -> None:
    await check(dialog, good)
    tree = dialog.results
    tree.setFocus()
    QTest.keyClick(tree, Qt.Key.Key_Home)
    QTest.keyClick(tree, Qt.Key.Key_Right)
    assert lines(dialog)[1].startswith("Valid completion, passed, 200")
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert dialog.exchange.title.text() == "Valid completion"
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert dialog.exchange.request.hasFocus()
    tree.setFocus()
    QTest.keyClick(tree, Qt.Key.Key_Left)
    QTest.keyClick(tree, Qt.Key.Key_Left)
    assert len(lines(dialog)) == 3
    click(dialog, "Rejects what it must")
    assert lines(dialog)[2].startswith("No signature, passed, 401")


async def test_an_unexplained_rejection_says_what_was_ruled_out_and_what_could_not_run(
    dialog: CheckDialog,
) -> None:
    await check(dialog, rejects)
    assert verdict(dialog) == (
        "Your receiver rejects valid deliveries. None of the known mistakes explains it."
    )
    assert re.match(r"\d+ of \d+ tests fail, \d+ could not run\. \d+ requests in ", about(dialog))
    card = dialog.card
    assert (card.title.text(), card.code.text()) == ("No cause found", "")
    assert re.fullmatch(r"\d+ mistakes ruled out", card.disclosure.head.text())
    assert not card.ruled_out.isVisible()
    QTest.mouseClick(card.disclosure.head, Qt.MouseButton.LeftButton)
    assert "secret-empty" in card.ruled_out.toPlainText()
    before = lines(dialog)
    more = next(line for line in before if line.startswith("Show "))
    click(dialog, more)
    assert len(lines(dialog)) == len(before) + int(more.split()[1]) - 1
    while more_rows := [line for line in lines(dialog) if line.startswith("Show ")]:
        click(dialog, more_rows[0])
    assert "Same event twice, undecided, needs a 2xx" in lines(dialog)


async def test_it_says_what_is_being_sent_and_stops_at_once(dialog: CheckDialog) -> None:
    hanging = Hanging()
    async with receiver(hanging) as url:
        enter(dialog, url)
        await until(lambda: hanging.heard == UNHEARD)
        sent = next(title for title in TITLES if f"{title}, sending, sending…" in lines(dialog))
        place = TITLES.index(sent)
        assert verdict(dialog) == f"{place} of {len(TITLES)}"
        assert about(dialog) == f"Sending: {sent}"
        assert not dialog.fields.verb.isEnabled()
        QTest.keyClick(dialog.verdict.stop, Qt.Key.Key_Space)
        await ended(dialog)
        await hanging.gave_up.wait()
        assert verdict(dialog) == f"Stopped after {place} of {len(TITLES)} tests: none failed."
        assert "stopped" not in about(dialog), "not twice"
        assert any(re.fullmatch(r"Behaves well, \d+ not tested", line) for line in lines(dialog))
        assert dialog.results.hasFocus(), "where a second press does nothing"


async def test_closing_it_stops_the_check(dialog: CheckDialog) -> None:
    hanging = Hanging()
    gone = asyncio.Event()
    dialog.destroyed.connect(gone.set)
    async with receiver(hanging) as url:
        enter(dialog, url)
        await until(lambda: hanging.heard == UNHEARD)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await hanging.gave_up.wait()
        await gone.wait()
    assert not any(task.get_name() == "check a receiver" for task in asyncio.all_tasks())


async def test_only_one_group_is_tested_on_request(dialog: CheckDialog) -> None:
    QTest.keyClick(dialog.fields.tests, Qt.Key.Key_Down)
    QTest.keyClick(dialog.fields.tests, Qt.Key.Key_Down)
    assert dialog.fields.tests.currentText() == "Rejects what it must"
    assert lines(dialog)[0] == "Rejects what it must"
    await check(dialog, good)
    [line] = lines(dialog)
    assert re.fullmatch(r"Rejects what it must, (\d+) of \1 pass", line)


async def test_a_host_that_is_not_this_machine_is_asked_about_once(
    dialog: CheckDialog, session: Session
) -> None:
    enter(dialog, AWAY)
    await until(dialog.fields.question.isVisible)
    assert "192.0.2.10 is not localhost" in dialog.fields.question.text.text()
    assert "captures may be sent there too" in dialog.fields.question.text.text()
    assert (session.hosts.names, verdict(dialog)) == ((), "Not checked yet")
    QTest.keyClick(dialog.fields.target.line, Qt.Key.Key_Delete)
    assert not dialog.fields.question.isVisible(), "another target is another question"
    enter(dialog, AWAY)
    await until(dialog.fields.question.isVisible)
    QTest.keyClick(dialog.fields.question.allow, Qt.Key.Key_Space)
    await until(lambda: session.hosts.names == ("192.0.2.10",))
    dialog.verdict.stop.click()
    await ended(dialog)
    enter(dialog, AWAY)
    assert not dialog.fields.question.isVisible()
    dialog.verdict.stop.click()
    await ended(dialog)
    assert not dialog.fields.question.isVisible()


async def test_a_capture_is_sent_to_another_machine_only_if_the_user_allows_it(
    dialog: CheckDialog, session: Session
) -> None:
    await deliver(session, an_answer())
    dialog.explain(1, AWAY)
    await until(dialog.fields.question.isVisible)
    assert "sends it a capture, with people’s answers" in dialog.fields.question.text.text()
    assert dialog.note.text() == "Sends #1 and variants of it."
    assert session.hosts.names == ()
    dialog.fields.tests.setFocus()
    QTest.keyClick(dialog.fields.tests, Qt.Key.Key_Home)
    assert dialog.note.text().startswith("Test events are made up.")
    assert dialog.fields.capture_id is None
    assert not dialog.fields.question.isVisible(), "the tests are another question"


async def test_a_capture_of_an_unknown_sender_is_signed_only_after_a_question(
    dialog: CheckDialog, session: Session
) -> None:
    await deliver(session, an_answer(), secret=None)
    question = dialog.fields.unverified
    async with receiver(good) as url:
        dialog.explain(1, url)
        await ended(dialog)
        assert dialog.verdict.headline.toPlainText() == (
            "Your receiver rejects capture 1, whose signature is not valid."
        )
        assert "It was not signed again" in dialog.verdict.about.toPlainText()
        assert question.isVisible()
        assert "#1 is not valid, so anyone may have sent it." in question.text.text()
        QTest.mouseClick(question.allow, Qt.MouseButton.LeftButton)
        await ended(dialog)
    assert not question.isVisible()
    assert dialog.verdict.headline.toPlainText() == (
        "Your receiver rejects capture 1 as captured, and accepts it signed with env:BLITZ_WEBHOOK_SECRET."
    )


async def test_what_comes_in_the_way_is_one_sentence_and_can_be_mended(dialog: CheckDialog) -> None:
    enter(dialog, "nowhere")
    await ended(dialog)
    assert verdict(dialog) == "Not checked"
    assert "There is no target nowhere. Use the name of a target, or an address" in about(dialog)
    assert dialog.fields.target.line.hasFocus()
    await check(dialog, good)
    assert verdict(dialog).startswith("Your receiver is correct")


async def test_an_unreachable_receiver_is_one_sentence_without_rows(dialog: CheckDialog) -> None:
    enter(dialog, "http://127.0.0.1:9/hook")
    await ended(dialog)
    assert "127.0.0.1:9" in verdict(dialog)
    assert about(dialog) == "Start the receiver, or check the port."
    assert not dialog.results.isVisible()
    assert dialog.fields.target.line.hasFocus()
    await check(dialog, good)
    assert dialog.results.isVisible()


async def test_a_named_target_is_checked_with_its_own_headers_and_its_name_is_no_markup(
    dialog: CheckDialog, session: Session
) -> None:
    seen: set[str | None] = set()

    async def behind_a_token(request: web.Request) -> web.Response:
        seen.add(request.headers.get("X-Token"))
        return await good(request)

    async with receiver(behind_a_token) as url:
        name = "<b>staging</b>"
        await session.targets.save(NamedTarget(name=name, url=url, headers=((b"X-Token", b"t0p"),)))
        enter(dialog, name)
        await ended(dialog)
    assert seen == {"t0p"}
    assert verdict(dialog).startswith("Your receiver is correct")


async def test_a_target_is_made_from_what_was_typed(dialog: CheckDialog, session: Session) -> None:
    QTest.keyClicks(dialog.fields.target.line, "http://127.0.0.1:3000/in")
    QTest.mouseClick(dialog.fields.more, Qt.MouseButton.LeftButton)
    dialog.fields.target.new_action.trigger()
    dialog.fields.target.menu.close()
    [made] = dialog.findChildren(TargetDialog)
    assert made.url.text() == "http://127.0.0.1:3000/in"
    QTest.keyClicks(made.name, "local")
    made.verb.click()
    await until(lambda: dialog.fields.target.text == "local")
    await until(lambda: dialog.fields.target.box.findText("local") >= 0)


async def test_the_secret_that_signs_is_chosen_by_its_name(dialog: CheckDialog, session: Session) -> None:
    await session.secrets.add("staging", "of staging", save=False)
    await until(lambda: dialog.fields.secret.count() == 2)
    QTest.keyClick(dialog.fields.secret, Qt.Key.Key_Down)
    assert dialog.fields.secret.currentText() == "staging"
    await check(dialog, good)
    assert "Valid completion, failed, 401" in lines(dialog)
    await session.secrets.remove("staging")
    await until(lambda: dialog.fields.secret.count() == 1)
    assert dialog.fields.secret.currentText() == "env:BLITZ_WEBHOOK_SECRET"


async def test_without_a_secret_it_cannot_begin_and_says_why(dialog: CheckDialog, session: Session) -> None:
    QTest.keyClicks(dialog.fields.target.line, "http://127.0.0.1:9/")
    assert dialog.fields.verb.isEnabled()
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", False)
    await until(lambda: not dialog.fields.verb.isEnabled())
    assert "No active secret" in about(dialog)
    QTest.keyClick(dialog.fields.target.line, Qt.Key.Key_Return)
    assert not dialog.is_checking
    await session.secrets.set_active("env:BLITZ_WEBHOOK_SECRET", True)
    await until(dialog.fields.verb.isEnabled)
    assert "No active secret" not in about(dialog)


# ---- the request and the response of a test


async def _shown(dialog: CheckDialog, text: str) -> str:
    """The response, once it contains `text`."""
    return await until(lambda: dialog.exchange.response.text, lambda shown: text in shown)


async def crashes(request: web.Request) -> web.Response:
    headers = {"X-Powered-By": "Express"}
    return web.json_response({"error": "TypeError \x1b[31m"}, status=500, headers=headers)


async def test_the_selected_test_shows_its_request_and_its_response(dialog: CheckDialog) -> None:
    await check(dialog, crashes)
    exchange = dialog.exchange
    assert (exchange.title.text(), dialog.results.selected_title) == ("Valid completion",) * 2
    assert exchange.outcome.text().startswith("expected 2xx, got 500 in ")
    response = await _shown(dialog, "TypeError")
    assert exchange.response.status.text() == "500 Internal Server Error"
    assert "X-Powered-By: Express\n" in response
    assert "\\u001b[31m" in response
    request = exchange.request.toPlainText()
    assert request.startswith("POST /hook HTTP/1.1\nHost: 127.0.0.1:")
    assert '"user_id":"webhook-inspector-check' in request
    QTest.mouseClick(exchange.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:")
    exchange.curl_action.trigger()
    await until(lambda: "\ncurl --disable" in QGuiApplication.clipboard().text())
    assert "webhook-inspector-check" in QGuiApplication.clipboard().text()


async def unparsed(request: web.Request) -> web.Response:
    """Verifies what JSON.stringify makes of a body that nothing has parsed."""
    is_right = is_signed(b"{}", request.headers.get("x-webhook-signature", ""))
    return web.Response(status=200 if is_right else 401)


async def test_a_proved_cause_is_shown_with_the_request_that_was_accepted(dialog: CheckDialog) -> None:
    await check(dialog, unparsed)
    assert verdict(dialog) == ("Your receiver rejects valid deliveries: it verifies {} instead of the body.")
    card, exchange = dialog.card, dialog.exchange
    assert (card.title.text(), card.code.text()) == ("Found in the receiver", "body-empty")
    assert "accepted" in card.proof.toPlainText()
    assert card.fix.toPlainText()
    assert not exchange.explanation.isVisible(), "the card has the cause"
    assert exchange.variant.text() == "The same event, signed over {}, got 200."
    dialog.resize(1024, 668)
    assert (dialog.width(), dialog.height()) == (1024, 668), "everything fits"
    assert exchange.response.status.text() == "401 Unauthorized"
    QTest.mouseClick(exchange.show_variant, Qt.MouseButton.LeftButton)
    await until(lambda: exchange.response.status.text() == "200 OK")
    exchange.prepare_menu()
    exchange.variant_action.trigger()
    await until(exchange.sent_difference.isVisible)
    QTest.mouseClick(exchange.show_variant, Qt.MouseButton.LeftButton)
    await until(lambda: exchange.response.status.text() == "401 Unauthorized")
    exchange.variant_action.trigger()
    await until(lambda: "− x-webhook-signature: " in exchange.sent_difference.toPlainText())
    assert "− status: 200 OK\n" in exchange.response.comparison.toPlainText()


async def test_nothing_moves_when_the_report_arrives_after_a_search(dialog: CheckDialog) -> None:
    dialog.resize(1158, 788)  # where the sentences have one line
    async with receiver(rejects) as url:
        enter(dialog, url)
        await until(lambda: verdict(dialog).startswith("Searching for the cause"))
        assert dialog.card.isVisible()
        assert dialog.card.cause.toPlainText() == "Not found yet."
        dialog.results.select("Valid answer")
        dialog.layout().activate()
        before = dialog.results.geometry(), lines(dialog), dialog.exchange.title.text()
        await ended(dialog)
    dialog.layout().activate()
    assert dialog.card.title.text() == "No cause found"
    assert (dialog.results.geometry(), lines(dialog), dialog.exchange.title.text()) == before
    assert dialog.exchange.explanation.isVisible(), "the card does not explain it"


async def two_faults(request: web.Request) -> web.Response:
    """Reprints the body, and its secret ends with a newline."""
    body = json.dumps(json.loads(await request.read() or b"{}")).encode()
    expected = hmac.digest(f"{SECRET_TEXT}\n".encode(), body, "sha256").hex()
    return web.Response(status=200 if request.headers.get("x-webhook-signature") == expected else 401)


async def test_a_long_sentence_about_two_causes_does_not_widen_the_window(dialog: CheckDialog) -> None:
    dialog.resize(1024, 668)
    await check(dialog, two_faults)
    assert dialog.card.code.text() == "secret-whitespace, body-reserialised"
    assert (dialog.width(), dialog.height()) == (1024, 668)
    assert dialog.verdict.headline.width() > 900, "the place of Stop is not kept free"
    assert dialog.exchange.variant.is_elided
    assert dialog.exchange.show_variant.isVisible()


async def test_a_receiver_that_fails_on_forged_events_has_not_accepted_them(dialog: CheckDialog) -> None:
    async def fails(request: web.Request) -> web.Response:
        is_right = is_signed(await request.read(), request.headers.get("x-webhook-signature", ""))
        return web.Response(status=200 if is_right else 500)

    await check(dialog, fails)
    assert "forged" not in verdict(dialog)
    assert not dialog.card.isVisible(), "it needs no code that rejects forged events"


async def test_a_test_is_replayed_by_its_key_and_compared_with_the_last_check(dialog: CheckDialog) -> None:
    answers = [500]

    async def fails_to_reject(request: web.Request) -> web.Response:
        response = await good(request)
        return web.Response(status=answers[0]) if response.status == 401 else response

    async with receiver(fails_to_reject) as url:
        enter(dialog, url)
        await ended(dialog)
        exchange = dialog.exchange
        exchange.prepare_menu()
        assert not exchange.previous_action.isEnabled()
        dialog.results.setFocus()
        answers[0] = 503
        QTest.keyClick(dialog.results, Qt.Key.Key_R)
        await until(lambda: exchange.outcome.text().startswith("Replayed: expected 4xx, got 503 in "))
        assert exchange.which.text().startswith("replay at ")
        await until(lambda: exchange.response.status.text() == "503 Service Unavailable")
        answers[0] = 500
        enter(dialog, url)
        await ended(dialog)
        exchange.prepare_menu()
        assert exchange.previous_action.isEnabled()
        exchange.previous_action.trigger()
        await until(exchange.sent_difference.isVisible)
        await until(lambda: "  status: 500 Internal" in exchange.response.comparison.toPlainText())


async def test_two_receivers_are_compared_and_only_differences_are_unfolded(dialog: CheckDialog) -> None:
    sent = 0

    async def counted(request: web.Request) -> web.Response:
        nonlocal sent
        sent += 1
        return await careless(request)

    async with receiver(good) as old, receiver(counted) as new:
        dialog.fields.compare_action.trigger()
        assert dialog.fields.other.isVisible()
        assert not dialog.fields.verb.isEnabled(), "the second receiver is missing"
        QTest.keyClicks(dialog.fields.other.line, new)
        enter(dialog, old)
        await ended(dialog)
        exchange, before = dialog.exchange, sent
        dialog.results.select("Empty signature")
        exchange.which.click()
        exchange.entries.actions()[1].trigger()
        exchange.entries.close()
        assert exchange.which.text() == "second receiver"
        title = dialog.card.title.text()
        assert title == f"Found in {new.removeprefix('http://')}", "not in the first one"
        await until(lambda: exchange.response.status.text() == "200 OK")
        QTest.mouseClick(exchange.replay, Qt.MouseButton.LeftButton)
        await until(lambda: exchange.outcome.text().startswith("Replayed: expected 4xx, got 200 in "))
        assert sent == before + 1, "to the receiver that is shown"
    dialog.save.copy_action.trigger()
    first, *text = QGuiApplication.clipboard().text().splitlines()
    assert first == verdict(dialog)
    assert "Empty signature: ✓ 401 · ✗ 200" in text
    assert sum(line.startswith("Check of ") for line in text) == 2
    assert re.fullmatch(r"The receivers differ in \d+ of \d+ tests\.", verdict(dialog))
    assert about(dialog).count("\n") == 1
    first, second, *_ = lines(dialog)
    assert re.fullmatch(r"Rejects what it must, \d+ of \d+ differ", first)
    assert second == "Empty signature, passed, 401, second receiver failed 200"
    assert "Accepts what it must, no difference" in lines(dialog)


async def test_the_report_is_saved_as_text_as_json_and_for_ci(dialog: CheckDialog, tmp_path: Path) -> None:
    assert not dialog.save.isEnabled()
    await check(dialog, good)
    for place, ending, start in ((0, "txt", "Check of "), (1, "ndjson", "{"), (2, "xml", "<?xml")):
        dialog.save.menu_of_formats.actions()[place].trigger()
        [asked] = [one for one in dialog.findChildren(QFileDialog) if one.isVisible()]
        file = tmp_path / f"report.{ending}"
        asked.fileSelected.emit(str(file))
        asked.reject()
        await until(file.exists)
        await until(lambda ending=ending: dialog.note.text() == f"Saved the report as report.{ending}.")
        assert file.read_text("utf-8").startswith(start)
    dialog.save.copy_action.trigger()
    assert QGuiApplication.clipboard().text() == (tmp_path / "report.txt").read_text("utf-8")


async def test_each_delivery_of_a_test_can_be_shown(dialog: CheckDialog) -> None:
    await check(dialog, good)
    click(dialog, "Behaves well")
    click(dialog, "Same event twice")
    exchange = dialog.exchange
    assert exchange.which.text() == "1 of 2"
    exchange.which.click()
    exchange.entries.actions()[1].trigger()
    exchange.entries.close()
    assert exchange.which.text() == "2 of 2"


async def test_a_masked_screen_hides_digests_and_what_the_receiver_echoes_of_them(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    async def echoes(request: web.Request) -> web.Response:
        return web.Response(status=401, text=f"bad: {request.headers.get('x-webhook-signature')}")

    mask = Mask(session, plain_window)
    dialog = CheckDialog(session, theme, plain_window, mask=mask)
    dialog.show()
    await check(dialog, echoes)
    shown = (await _shown(dialog, "bad: ")).partition("bad: ")[2]
    assert re.fullmatch("[0-9a-f]{64}", shown)
    await until(lambda: shown in dialog.exchange.request.toPlainText())
    mask.set_on(True)
    await until(lambda: shown not in dialog.exchange.response.text)
    await until(lambda: shown not in dialog.exchange.request.toPlainText())
    mask.set_on(False)
    await _shown(dialog, shown)


async def test_a_hanging_receiver_is_reported_after_one_test(
    theme: Theme, plain_window: QWidget, tmp_path: Path
) -> None:
    settings = (("answer_seconds", "0.3"),)
    session = Session(Options(database=tmp_path / "other.db", settings=settings))
    await session.open()
    dialog = CheckDialog(session, theme, plain_window)
    dialog.show()
    hanging = Hanging()
    hanging.heard = UNHEARD
    await check(dialog, hanging)
    assert hanging.heard == UNHEARD + 1
    assert verdict(dialog) == "Your receiver fails on valid deliveries: it does not respond."
    assert dialog.card.isVisible()
    assert dialog.card.code.text() == "receiver-hangs"
    assert re.fullmatch(r"expected 2xx\. No response within [\d.]+ s\.", dialog.exchange.outcome.text())
    dialog.close()
    await session.close()


async def test_a_warning_is_not_called_passed(dialog: CheckDialog) -> None:
    async def strict(request: web.Request) -> web.Response:
        is_twice = (await request.read()).count(b'"platform"') > 1
        return web.Response(status=400) if is_twice else await good(request)

    await check(dialog, strict)
    assert any(re.fullmatch(r"JSON with 9\.0 and .*, warning, 400", line) for line in lines(dialog))
    assert verdict(dialog).startswith("Your receiver is correct, with 1 warning: it rejects")
    assert dialog.exchange.explanation.toPlainText().startswith("Rejects a valid event with a duplicate key")


# ---- the card


async def test_correct_code_is_copied_for_the_selected_framework(dialog: CheckDialog) -> None:
    await check(dialog, careless)
    card = dialog.card
    assert card.isVisible()
    assert "Accepts an invalid signature: the body was changed." in card.cause.toPlainText()
    card.language.click()
    card.languages.entries["go"].trigger()
    card.languages.close()
    assert "hmac.Equal" in card.snippet.toPlainText()
    QTest.mouseClick(card.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == verifier_text(VERIFIERS["go"])


async def test_the_secret_that_verifies_captures_is_preselected_until_another_is_selected(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    await session.secrets.add("production", "s3cret of production", save=False)
    await deliver(session, an_answer(), secret="s3cret of production")
    await until(lambda: session.captures.rows([1])[1].verdict.secret == "production")
    dialog = CheckDialog(session, theme, plain_window)
    dialog.show()
    await until(lambda: dialog.fields.secret.currentText() == "production")
    QTest.keyClick(dialog.fields.secret, Qt.Key.Key_Up)
    assert dialog.fields.secret.currentText() == "env:BLITZ_WEBHOOK_SECRET"
    await session.secrets.add("staging", "of staging", save=False)
    await until(lambda: dialog.fields.secret.count() == 3)
    assert dialog.fields.secret.currentText() == "env:BLITZ_WEBHOOK_SECRET"


async def test_a_masked_screen_hides_the_public_address_where_a_cause_names_it(
    session: Session, theme: Theme, plain_window: QWidget
) -> None:
    mask = Mask(session, plain_window)
    dialog = CheckDialog(session, theme, plain_window, mask=mask)
    dialog.show()
    async with receiver(good) as old, receiver(careless) as new:
        dialog.fields.compare_action.trigger()
        dialog.fields.other.line.setText(new)
        enter(dialog, old)
        await ended(dialog)
    host = new.removeprefix("http://").partition("/")[0]
    assert host in dialog.card.title.text()
    assert host in about(dialog)
    await session.preferences.save("mask", "people")
    await session.address.set(f"http://{host}/")
    mask.set_on(True)
    await until(lambda: host not in dialog.card.title.text())
    await until(lambda: host not in about(dialog))
    dialog.close()
