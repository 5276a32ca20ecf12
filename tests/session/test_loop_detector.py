"""What is forwarded and comes back through another program is told from a sender that repeats itself."""

from __future__ import annotations

import pytest

from inspector.session import loop_detector
from inspector.session.forward_row import ForwardRow
from inspector.session.loop_detector import HOLD_S, MOST, ROUNDS, Echo
from tests.builders import ANSWER
from tests.session.conftest import Start
from tests.session.test_file_watcher import deliver
from tests.waiting import until


class Clock:
    """Of a sender, a forward and what lies behind its target."""

    def __init__(self) -> None:
        self.now = 0.0
        self.echo = Echo()

    def came(self, body: bytes = b"{}") -> bool:
        return self.echo.came("POST", body, self.now)

    def forward(self, body: bytes = b"{}") -> float:
        """Deliver it, after it was held back; for how long it was."""
        held = self.echo.hold_s("POST", body, self.now)
        self.now += held
        self.echo.deliver("POST", body, self.now)
        return held


def test_what_comes_back_after_each_delivery_and_never_before_is_a_loop() -> None:
    clock = Clock()
    clock.came()
    rounds, held = 0, 0.0
    is_loop = False
    while not is_loop:
        held += clock.forward()
        clock.now += 0.01
        is_loop = clock.came()
        rounds += 1
        assert rounds < 20
    assert rounds == ROUNDS + 2
    assert held == 2 * HOLD_S


@pytest.mark.parametrize("gap_s", [0.005, 0.3, 0.9, 1.5, 30.0])
def test_a_sender_that_repeats_itself_is_none(gap_s: float) -> None:
    """It sends at its own times, whether something is held back or not."""
    suspicion, comes_at, leaves_at = Echo(), 0.0, None
    for _ in range(200):
        comes_at += gap_s
        if leaves_at is not None and leaves_at <= comes_at:
            suspicion.deliver("POST", b"{}", leaves_at)
            suspicion.end("POST", b"{}")
            leaves_at = None
        assert not suspicion.came("POST", b"{}", comes_at)
        if leaves_at is None:
            leaves_at = comes_at + suspicion.hold_s("POST", b"{}", comes_at) + 0.001


def test_what_comes_back_late_but_in_flight_is_a_loop() -> None:
    clock = Clock()
    clock.came()
    for _ in range(ROUNDS + 2):
        clock.forward()
        clock.now += 30
        is_loop = clock.came()
        clock.echo.end("POST", b"{}")
    assert is_loop


def test_others_are_not_held_back_and_few_are_remembered() -> None:
    clock = Clock()
    for number in range(2 * MOST):
        body = b"%d" % number
        clock.came(body)
        assert clock.forward(body) == 0
    for _ in range(ROUNDS):
        clock.came()
        clock.forward()
    assert clock.forward(b"another") == 0


async def test_two_that_forward_to_each_other_are_found_out(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_detector, "HOLD_S", 0.3)
    monkeypatch.setattr(loop_detector, "SOON_S", 5.0)
    one, other = await start(database="one.db"), await start(database="other.db")
    for session, to in ((one, other), (other, one)):
        assert to.ingest.url is not None
        await session.forwards.add(to.ingest.url)

    def paused() -> list[ForwardRow]:
        return [row for session in (one, other) for row in session.forwards.rows() if row.state == "paused"]

    assert one.ingest.url is not None
    await deliver(one.ingest.url, ANSWER)
    await until(lambda: bool(paused()))
    assert "comes back here each time" in (paused()[0].trouble or "")
