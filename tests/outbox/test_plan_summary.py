"""A replay as a page that may be passed on, and a plan in sentences."""

from __future__ import annotations

import pytest

from inspector.domain.replay.fault import Fault
from inspector.domain.replay.plan_options import PlanOptions
from inspector.domain.replay.plan_text import plan_facts
from inspector.domain.replay.request_options import RequestOptions
from tests.builders import an_answer
from tests.session.conftest import Start
from tests.session.test_replays import OK, put, receiver

EACH_CUT, SHUFFLED = Fault(name="cut", every=1), Fault(name="shuffled", every=22)
NO = b"HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\nsecret"


async def test_a_report_tells_what_came_back_and_nothing_that_is_private(start: Start) -> None:
    session = await start(listening=False)
    ids = await put(session, *(an_answer(f"words of {n}", user=f"user-{n}") for n in range(4)))
    async with receiver(lambda request: NO if b"user-2" in request else OK) as (url, _):
        course = PlanOptions(faults=(Fault(name="twice", every=4),))
        plan = await session.replays.plan(f"{url}hook/T0PSECRET?token=abc", ids=ids, course=course)
        run = session.replays.start(plan)
        await run.wait()
    assert run.plan_id is not None
    page = await session.replays.report(run.plan_id, {"first": 3, "fixed": 1})
    assert page.startswith(f"# Replay {run.plan_id}: 4 of 5 deliveries succeeded\n")
    assert f"| To | `{url.rstrip('/')}` |" in page
    assert "| status 200 | 4 |\n| status 500 | 1 |\n" in page
    assert "| Deliberate faults | Every 4th is delivered twice; Seed 0 |" in page
    assert "- status 500: 3\n" in page
    assert "| Fixed | 1 |" in page
    assert "median " in page
    for private in ("token", "hook", "T0PSECRET", "abc", "user-", "words of", "secret", "64d9"):
        assert private not in page


async def test_what_is_left_of_a_plan_is_told_with_what_it_was(start: Start) -> None:
    session = await start(listening=False)
    ids = await put(session, *(an_answer(user=f"user-{n}") for n in range(4)))
    assert await session.replays.rest() is None
    async with receiver() as (url, _):
        plan = await session.replays.plan(f"{url}hook", ids=ids, course=PlanOptions(rate=20))
        run = session.replays.start(plan)
        run.attempted.connect(lambda _: run.stop())
        await run.wait()
    rest = await session.replays.rest()
    assert rest is not None
    assert (rest.plan_id, rest.total, rest.left) == (run.plan_id, 4, 4 - run.progress.sent)
    assert f"http://{rest.place}/" == url


@pytest.mark.parametrize(
    ("course", "manner", "said"),
    [
        (
            PlanOptions(),
            RequestOptions(),
            ("As captured, with the original signature.", "As fast as responses arrive", "None"),
        ),
        (
            PlanOptions(scale=10, max_gap_s=5, faults=(EACH_CUT, SHUFFLED)),
            RequestOptions(sign_with="new", has_marker=True),
            (
                "Re-signed with new. Captures that are not valid are skipped."
                " Each request is marked as a replay.",
                "Original timing × 10, maximum gap 5 s",
                "Each is cut in the middle of its body\nDeliveries are shuffled in groups of 22\nSeed 0",
            ),
        ),
        (
            PlanOptions(rate=2.5, faults=(Fault(name="broken-signature", every=22),)),
            RequestOptions(sign_with="new", is_resigning_unverified=True),
            (
                "Re-signed with new, including captures that are not valid.",
                "2.5 per second",
                "Every 22nd signature has a wrong digit\nSeed 0",
            ),
        ),
    ],
)
def test_a_plan_is_told_in_sentences(
    course: PlanOptions, manner: RequestOptions, said: tuple[str, str, str]
) -> None:
    facts = dict(plan_facts("1 capture", "http://localhost/", None, course, manner))
    assert (facts["Requests"], facts["Pace"], facts["Deliberate faults"]) == said
