"""The summary pages in front of the camera: a survey of two weeks, and a respondent with everything in it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.base.clock import now_ms, rfc3339
from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.domain.signature.evaluation import evaluate
from inspector.gui.shell.main_window import MainWindow
from inspector.gui.summary.charts import TimeChart
from inspector.gui.summary.page_bar import CAPTURES, SUMMARY
from inspector.session.session import Session
from inspector.store.write.columns import new_capture
from tests.builders import a_capture, a_secret
from tests.waiting import until

SURVEY, GROUP, NAME = "s-71c04e02", "g-81f2c07b", "Product pulse"
_KINDS = (
    ("input_feedback", "What do you think of our app?"),
    ("multi_select_feedback", "Select the issues you are facing"),
    ("nps_feedback", "How likely are you to recommend us to a colleague?"),
    ("star_feedback", "How do you rate the new editor?"),
    ("emoji_feedback", "How did the import feel?"),
    ("data_collection", "Your e-mail address, if we may write back"),
)
_TEXTS = (
    "Image upload glitches since the last update. Apart from that I use it every day.",
    "Keeps logging me out on the train, every time the connection drops.",
    "All good",
    "The calendar view is what made us switch. Please keep it as simple as it is now.",
    "I would pay for offline mode.",
)
_OPTIONS = ("image upload", "crash issues", "slow start", "login", "notifications")
_DAY_MS = 86_400_000


def item(number: int, response: Any, at_ms: int) -> dict[str, Any]:
    """One answered question, numbered from 1; the fifth is asked of nobody in the story."""
    kind, text = _KINDS[number - 1]
    return {
        "question_id": f"q-{number}",
        "question_order": number,
        "response": response,
        "question_text": text,
        "question_type": kind,
        "created_at": rfc3339(at_ms),
    }


def event(user: str, *items: dict[str, Any], is_completion: bool) -> bytes:
    """An answer, or a completion."""
    whole: dict[str, Any] = {
        "user_id": user,
        "app_key": "blitzllama_api_key",
        "survey_id": SURVEY,
        "group_id": GROUP,
        "platform": "android",
        "trigger": "home-page-trigger",
    }
    if is_completion:
        whole |= {"survey_name": NAME, "event_type": "response_group", "responses": items}
    else:
        whole |= items[0]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


async def summaries(session: Session, window: MainWindow, save: Callable[[str], Awaitable[None]]) -> None:
    """Save a survey's page and a respondent's."""
    await _fill(session)
    survey = Scope(part="surveys", survey_id=SURVEY)
    whose = Scope(part="surveys", survey_id=SURVEY, group_id=GROUP, user_id="user_123")
    await until(lambda: not session.groups.behind and window.survey_model.index_of(survey).isValid())
    window.surveys.tree.select(survey)
    window.summary_stack.show_part(SUMMARY)
    await until(lambda: window.summary_stack.survey.findChildren(TimeChart))
    await asyncio.sleep(3)
    await save("survey")
    [chart] = window.summary_stack.survey.findChildren(TimeChart)  # a page that was read again has a new one
    chart.setFocus()
    for key in range(6):
        is_first = key == 0
        shift = Qt.KeyboardModifier.NoModifier if is_first else Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(chart, Qt.Key.Key_Left, shift)
    await save("survey-selecting")
    QTest.keyClick(chart, Qt.Key.Key_Return)
    await asyncio.sleep(1)
    await save("survey-span")
    window.filter_row.field.clear()
    window.summary_stack.bar.period_selected.emit(None)
    window.summary_stack.show_part(SUMMARY)
    window.surveys.tree.select(whose)
    await asyncio.sleep(1)
    await save("respondent")
    window.summary_stack.show_part(CAPTURES)
    window.surveys.tree.select(EVERYTHING)


async def _fill(session: Session) -> None:
    chance = random.Random(5)
    now = now_ms()
    for person in range(240):
        at_ms = now - int(chance.random() ** 0.7 * 15 * _DAY_MS) - 300_000
        nps = min(10, max(0, round(chance.gauss(8.2, 2))))
        answers = (
            chance.choice(_TEXTS),
            chance.sample(_OPTIONS, chance.choice((1, 1, 2))),
            nps,
            max(1, 5 - int(chance.expovariate(1.1))),
            chance.randint(2, 5),
            "",
        )
        items = [
            item(number, answer, at_ms + 9_000 * number) for number, answer in enumerate(answers, start=1)
        ]
        user = f"user_{1000 + person * 17}"
        if chance.random() < 0.7:
            await _put(session, event(user, *items, is_completion=True), at_ms + 60_000)
        else:
            for one in items[: chance.choice((1, 2))]:
                await _put(session, event(user, one, is_completion=False), at_ms)
    await _tell(session, now - 120_000)


async def _tell(session: Session, start: int) -> None:
    """A respondent whose answers came again, changed, late and otherwise than completed."""
    text = _TEXTS[0]
    first = event("user_123", item(1, text, start), is_completion=False)
    second = event("user_123", item(2, ["image upload"], start + 14_000), is_completion=False)
    changed = item(2, ["image upload", "crash issues"], start + 26_000)
    last = (
        item(1, text, start),
        changed,
        item(3, 9, start + 55_000),
        item(4, 4, start + 52_500),
        item(6, "", start + 54_800),
    )
    for after, body in (
        (300, first),
        (14_300, second),
        (19_000, first),
        (26_400, event("user_123", changed, is_completion=False)),
        (37_200, event("user_123", item(3, 7, start + 36_800), is_completion=False)),
        (50_200, event("user_123", item(3, 8, start + 49_800), is_completion=False)),
        (55_300, event("user_123", *last, is_completion=True)),
        (57_400, event("user_123", item(4, 4, start + 52_500), is_completion=False)),
    ):
        await _put(session, body, start + after)


async def _put(session: Session, body: bytes, received_ms: int) -> None:
    capture = a_capture(body, received_ms=received_ms)
    await session.store.append(
        new_capture(capture, evaluate(capture, (a_secret(),), is_secret_on_file=False))
    )
