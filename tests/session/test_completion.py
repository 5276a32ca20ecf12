"""Values that exist are offered, the latest first."""

from __future__ import annotations

from inspector.session.session import Session
from tests.builders import a_completion, an_answer
from tests.session.conftest import Seen, Start, post
from tests.waiting import until


async def offers(session: Session, text: str) -> list[tuple[str, str]]:
    found = await session.captures.completion.offers(text, len(text))
    return [] if found is None else [(offer.text, offer.help) for offer in found[1]]


async def test_surveys_by_name_and_other_values_by_how_they_begin(start: Start) -> None:
    session = await start(secret=None)  # so that what arrives is trusted, and names its survey
    seen = Seen(session)
    assert session.ingest.url is not None
    bodies = (
        a_completion(survey="s-1", name="Continuous NPS", user="ann"),
        an_answer(survey="s-2", user="Anton (2)", group="g-2"),
        an_answer(survey="s-1", user="bob"),
    )
    for body in bodies:
        await post(session.ingest.url, body)
    await until(lambda: len(seen.captured) == 3)
    await until(lambda: not session.groups.behind)
    assert await offers(session, "survey:nps") == [('"Continuous NPS"', "s-1")]
    assert set(await offers(session, "survey:S-")) == {("s-2", ""), ('"Continuous NPS"', "s-1")}
    assert await offers(session, "x -user:an") == [('"Anton (2)"', ""), ("ann", "")]
    assert await offers(session, "group:") == [("g-1", ""), ("g-2", "")]
    assert await offers(session, "platform:") == [("android", ""), ("link", "")]
    assert await offers(session, "trigger:h") == [("home", "")]
    assert await offers(session, "user:%") == []
    assert await offers(session, '"user:') == []
    await session.captures.clear(text="user:bob")
    assert await offers(session, "user:b") == []
