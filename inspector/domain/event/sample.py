"""Sample events of an invented survey, in the form in which the sender posts them.

The survey itself is `resources/samples/survey.json`. Its ids show that it is a sample.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

SAMPLES = 14
"""Events in the default sample, which has two respondents."""
PACE_MS = 4_000
"""Milliseconds between two answers of a respondent."""


def sample_bodies(template: bytes, *, respondents: int, started_ms: int, run: str) -> list[bytes]:
    """Return the bodies to send, in order: per respondent an answer to every question, then the completion.

    The last of several respondents leaves half-way and stays partial. `template` is the JSON of the survey.
    `run` ends the group's id, so that two runs are two groups. All respondents begin at `started_ms`. Bodies
    are printed as JSON.stringify does, with keys in the documented order.
    """
    survey = json.loads(template)
    bodies: list[bytes] = []
    for number in range(respondents):
        ids = _ids(survey, number, run)
        items = _items(survey, number, started_ms)
        leaves_early = respondents > 1 and number == respondents - 1
        answered = items[: len(items) // 2] if leaves_early else items
        bodies.extend(answer_body(ids, item) for item in answered)
        if not leaves_early:
            bodies.append(completion_body(ids, survey["survey_name"], items))
    return bodies


def _ids(survey: dict[str, Any], number: int, run: str) -> dict[str, str]:
    users, sources = survey["users"], survey["sources"]
    lap = number // len(users)
    return {
        "user_id": users[number % len(users)] + (f"_{lap + 1}" if lap else ""),
        "app_key": survey["app_key"],
        "survey_id": survey["survey_id"],
        "group_id": f"{survey['group_id']}-{run}",
        **sources[number % len(sources)],
    }


def _items(survey: dict[str, Any], number: int, started_ms: int) -> list[dict[str, Any]]:
    """Return the questions with this respondent's answers. Times are whole seconds, as in the documents."""
    return [
        {
            "question_id": question["question_id"],
            "question_order": order,
            "response": question["responses"][number % len(question["responses"])],
            "question_text": question["question_text"],
            "question_type": question["question_type"],
            "created": datetime.fromtimestamp((started_ms + order * PACE_MS) // 1000, UTC),
        }
        for order, question in enumerate(survey["questions"], start=1)
    ]


_OF_ANSWER = (
    "user_id", "app_key", "survey_id", "group_id", "question_id", "platform", "trigger", "question_order",
    "response", "question_text", "question_type", "created_at",
)  # fmt: skip
_OF_COMPLETION = (
    "user_id", "app_key", "survey_id", "survey_name", "group_id", "platform", "trigger", "event_type",
    "responses",
)  # fmt: skip
_OF_RESPONSE = (
    "question_id", "question_order", "response", "question_text", "question_type", "created_at",
)  # fmt: skip


def answer_body(ids: dict[str, str], item: dict[str, Any]) -> bytes:
    """Return the body of one answer; `item` has the question, the response, and `created`, a datetime."""
    values = {**ids, **item, "created_at": f"{item['created']:%Y-%m-%dT%H:%M:%S}+00:00"}
    return _body({name: values[name] for name in _OF_ANSWER})


def completion_body(ids: dict[str, str], survey_name: str, items: list[dict[str, Any]]) -> bytes:
    """Return the body of the completion of a survey with these answers."""
    dated = ({**item, "created_at": f"{item['created']:%Y-%m-%dT%H:%M:%S}.000Z"} for item in items)
    values = {
        **ids,
        "survey_name": survey_name,
        "event_type": "response_group",
        "responses": [{name: item[name] for name in _OF_RESPONSE} for item in dated],
    }
    return _body({name: values[name] for name in _OF_COMPLETION})


def _body(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
