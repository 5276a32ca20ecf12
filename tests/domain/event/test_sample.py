"""Sample events are what the sender would post for whole respondents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inspector.domain.event.event import Answer, Completion, read_event, summary
from inspector.domain.event.question import QUESTION_TYPES
from inspector.domain.event.sample import sample_bodies
from inspector.domain.event.shape import AS_DOCUMENTED, shape_of
from inspector.domain.json.value import parse
from inspector.domain.respondent.fact import Fact, facts_of
from inspector.domain.respondent.respondent import Respondent, fold
from inspector.domain.stringify import restringify

TEMPLATE = (Path(__file__).parents[3] / "resources" / "samples" / "survey.json").read_bytes()
STARTED_MS = 1_764_000_000_500


def bodies(respondents: int = 3, run: str = "7f3a") -> list[bytes]:
    return sample_bodies(TEMPLATE, respondents=respondents, started_ms=STARTED_MS, run=run)


def values(respondents: int = 3) -> list[dict[str, Any]]:
    return [json.loads(body) for body in bodies(respondents)]


def folded(respondents: int) -> dict[str | None, Respondent]:
    facts: dict[str | None, list[Fact]] = {}
    for number, body in enumerate(bodies(respondents), start=1):
        event = read_event(json.loads(body))
        kind = "completion" if isinstance(event, Completion) else "answer"
        facts.setdefault(event.user_id, []).append(
            Fact(capture_id=number, kind=kind, body_hash=body.hex(), items=facts_of(event))  # type: ignore[arg-type]
        )
    return {user: fold(of_one) for user, of_one in facts.items()}


def test_both_kinds_of_event_cover_all_question_types() -> None:
    events = [read_event(value) for value in values(1)]
    asked = [event.item.question_type for event in events if isinstance(event, Answer)]
    completed = (
        [item.question_type for item in events[-1].items] if isinstance(events[-1], Completion) else []
    )
    assert set(asked) == set(completed) == set(QUESTION_TYPES)
    assert len(asked) == len(completed) == len(QUESTION_TYPES)


def test_no_sample_departs_from_the_documents() -> None:
    for body in bodies(6):
        assert shape_of(parse(body)) is AS_DOCUMENTED


def test_respondents_are_whole_but_the_last_of_several_leaves_half_way() -> None:
    respondents = folded(3)
    assert [respondent.mark for respondent in respondents.values()] == ["complete", "complete", "partial"]
    assert all(respondent.findings == () for respondent in respondents.values())
    assert [respondent.mark for respondent in folded(1).values()] == ["complete"]


def test_the_keys_stand_in_the_documented_order_and_the_times_in_both_documented_forms() -> None:
    answer, completion = values(1)[0], values(1)[-1]
    assert list(answer) == [
        "user_id", "app_key", "survey_id", "group_id", "question_id", "platform", "trigger", "question_order",
        "response", "question_text", "question_type", "created_at",
    ]  # fmt: skip
    assert list(completion) == [
        "user_id", "app_key", "survey_id", "survey_name", "group_id", "platform", "trigger", "event_type",
        "responses",
    ]  # fmt: skip
    assert list(completion["responses"][0]) == [
        "question_id", "question_order", "response", "question_text", "question_type", "created_at",
    ]  # fmt: skip
    assert answer["created_at"] == "2025-11-24T16:00:04+00:00"
    assert completion["responses"][0]["created_at"] == "2025-11-24T16:00:04.000Z"


def test_a_body_is_what_json_stringify_prints() -> None:
    text = b"".join(bodies(4))
    assert "🙂".encode() in text
    assert "使いやすい".encode() in text
    assert b"\\u" not in text
    for body in bodies(4):
        assert body == restringify(body)


def test_its_ids_say_that_it_is_a_sample_and_of_which_run() -> None:
    for value in values(8):
        assert value["survey_id"] == "s-sample"
        assert value["group_id"] == "g-sample-7f3a"
        assert value["user_id"].startswith("sample_")
    assert {value["survey_name"] for value in values() if "survey_name" in value} == {"Sample survey"}


@pytest.mark.parametrize("respondents", [1, 2, 7, 20])
def test_each_respondent_is_another_user(respondents: int) -> None:
    assert len({value["user_id"] for value in values(respondents)}) == respondents


def test_two_runs_share_no_body() -> None:
    assert not set(bodies(run="a")) & set(bodies(run="b"))


def test_every_answer_but_an_introduction_can_be_summed_up() -> None:
    texts = [summary(read_event(value)) for value in values(4)]
    assert "★ 5" in texts
    assert "image upload, crash issues" in texts
    assert all(texts)
