"""Pictures of the list: answers in rows, threads, scopes, and its widths."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Protocol

from PySide6.QtWidgets import QWidget

from inspector.domain.query.scope import EVERYTHING, Scope
from inspector.gui.shell.main_window import MainWindow
from tests.waiting import until


class Camera(Protocol):
    window: MainWindow

    async def save(self, name: str, widget: QWidget | None = None) -> None: ...
    async def post(self, body: bytes, *, secret: str | None = ..., signed: bytes | None = ...) -> None: ...
    async def settled(self) -> None: ...


NPS, CSAT, HINDI, ARABIC, JAPANESE = (
    ("s-71c04e", "Continuous NPS survey", "g-81f2c07a"),
    ("s-33b9d1", "Checkout CSAT", "g-2d90e415"),
    ("s-44aa01", "भुगतान का अनुभव", "g-44aa01"),
    ("s-55bb02", "استبيان رضا العملاء", "g-55bb02"),
    ("s-66cc03", "オンボーディング調査", "g-66cc03"),
)
TEXT, CHOICES, SCORE, STARS, SCALE = (
    "input_feedback", "multi_select_feedback", "nps_feedback", "star_feedback", "scale_feedback",
)  # fmt: skip
EVENTS: tuple[tuple[tuple[str, str, str], str, dict[str, Any]], ...] = (
    (NPS, "user_2043", {TEXT: "It forgets my filters after each update"}),
    (NPS, "m.oconnor+surveys@example.ie", {TEXT: "Grand", CHOICES: ["slow start"], SCORE: 6, STARS: 4}),
    (HINDI, "user_2210", {CHOICES: ["नेट बैंकिंग"]}),
    (CSAT, "user_3120", {STARS: 4}),
    (NPS, "user_0412", {TEXT: "All good", SCORE: 10}),
    (CSAT, "user_4410", {STARS: 2, TEXT: "Card declined twice, then it worked without changing anything"}),
    (CSAT, "user_1954", {STARS: 5, TEXT: ""}),
    (CSAT, "user_3307", {STARS: 3}),
    (JAPANESE, "kenji.watanabe-yamashita@example.jp", {TEXT: "画面の切り替えが速くなりました", SCALE: 4}),
    (ARABIC, "user_4471", {TEXT: "خدمة سريعة وتطبيق سهل الاستخدام", SCORE: 10}),
    (NPS, "user_77", {TEXT: "Keeps logging me out on the train", CHOICES: ["image upload"]}),
    (HINDI, "r.sharma@example.in", {CHOICES: ["यूपीआई", "कार्ड"]}),
    (NPS, "user_123", {SCORE: 8}),
    (
        NPS,
        "user_123",
        {
            TEXT: "Image upload glitches since the last update.",
            CHOICES: ["image upload", "crash issues"],
            SCORE: 9,
            STARS: 4,
        },
    ),
    (CSAT, "priya.tanaka-fernandez@example.com", {STARS: 5, TEXT: "Smooth"}),
    (NPS, "user_5108", {TEXT: "Faster than last month, and the search finally finds things"}),
)


def body(survey: tuple[str, str, str], user: str, answers: dict[str, Any]) -> bytes:
    survey_id, name, group = survey
    items = [
        {"question_id": f"{survey_id}-{kind}", "question_order": number, "question_type": kind,
         "question_text": "How was it?", "response": response}
        for number, (kind, response) in enumerate(answers.items(), start=1)
    ]  # fmt: skip
    event: dict[str, Any] = {"survey_id": survey_id, "group_id": group, "user_id": user}
    if len(items) == 1:
        event |= items[0]
    else:
        event |= {"survey_name": name, "event_type": "response_group", "responses": items}
    return json.dumps(event, ensure_ascii=False).encode()


async def fill_list(camera: Camera) -> None:
    """Send events of five surveys in four languages."""
    for survey, user, answers in EVENTS:
        await camera.post(body(survey, user, answers))
    await camera.post(b'{"ping": true}', secret=None)
    await camera.post(body(NPS, "user_318", {TEXT: "image upload glitches"}), secret="another secret")
    for answers in ({TEXT: "image upload glitches", CHOICES: ["image upload"]}, {SCORE: 4}):
        await camera.post(body(NPS, "user_318", answers))
    for answers in ({TEXT: "A calendar view"}, {CHOICES: ["Dark mode", "Offline"]}):
        await camera.post(body(CSAT, "user_640", answers))
    await camera.settled()


SIZES = ((1440, 900), (1024, 700), (2560, 1440))


async def lists(camera: Camera) -> None:
    """The list in three sizes, following and with a selection; a survey, and a respondent."""
    window = camera.window
    await fill_list(camera)
    for width, height in SIZES:
        window.resize(width, height)
        window.list.follow(True)
        await camera.save(f"list-following-{width}")
        window.list.select_capture(window.model.id_at(2))
        await asyncio.sleep(0.3)
        await camera.save(f"list-selected-{width}")
    for width, height in SIZES:
        window.resize(width, height)
        window.list.follow(True)
        window.actions_table["threads"].setChecked(True)
        several = await until(
            lambda: [row for row in range(9) if len(window.model.ids_at(row)) > 1], lambda found: bool(found)
        )
        window.model.toggle_thread(several[0])
        if width == SIZES[0][0]:
            await window.session.captures.pin([window.model.id_at(2), window.model.id_at(4)])
            await asyncio.sleep(0.3)
        await camera.save(f"list-threads-{width}")
    window.actions_table["threads"].setChecked(False)
    window.resize(1440, 900)
    for name, scope in (
        ("survey", Scope(part="surveys", survey_id=NPS[0])),
        ("respondent", Scope(part="surveys", survey_id=NPS[0], group_id=NPS[2], user_id="user_123")),
    ):
        window.show_scope(scope)
        await asyncio.sleep(0.5)
        await camera.save(f"list-{name}")
    window.show_scope(EVERYTHING)
    window.filter_row.field.setText("no such answer")
    await asyncio.sleep(1)
    await camera.save("list-no-match")
    window.filter_row.field.clear()
    window.list.follow(True)
