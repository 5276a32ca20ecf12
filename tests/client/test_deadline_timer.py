import asyncio

import pytest

from inspector.client.deadline_timer import DeadlineTimer


async def test_a_wait_ends_when_its_time_is_over() -> None:
    alarm = DeadlineTimer()
    with pytest.raises(TimeoutError), alarm.within(0.01):
        await asyncio.Event().wait()
    alarm.close()


@pytest.fixture
async def timers(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times that timers of the loop were set to."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    call_at = loop.call_at

    def counting(when, *args, **options):  # type: ignore[no-untyped-def]
        times.append(when)
        return call_at(when, *args, **options)

    monkeypatch.setattr(loop, "call_at", counting)
    return times


async def test_a_short_wait_after_a_long_one_ends_in_its_own_time(timers: list[float]) -> None:
    alarm = DeadlineTimer()
    with alarm.within(3600):
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError), alarm.within(0.01):
        await asyncio.Event().wait()
    long, short = timers
    assert short < long
    alarm.close()


async def test_a_timer_that_wakes_before_the_time_sleeps_again() -> None:
    alarm = DeadlineTimer()
    with alarm.within(0.02):
        await asyncio.sleep(0)
    due = asyncio.get_running_loop().time() + 0.2
    with pytest.raises(TimeoutError), alarm.within(0.2):
        await asyncio.Event().wait()
    assert asyncio.get_running_loop().time() >= due
    alarm.close()


async def test_a_wait_that_has_ended_is_not_disturbed_later() -> None:
    alarm, has_passed = DeadlineTimer(), asyncio.Event()
    with alarm.within(0.01):
        await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.02, has_passed.set)  # timers fire in the order of their times
    await has_passed.wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    alarm.close()


async def test_many_waits_share_one_timer(timers: list[float]) -> None:
    alarm = DeadlineTimer()
    for _ in range(1000):
        with alarm.within(30):
            await asyncio.sleep(0)
    alarm.close()
    assert len(timers) <= 2


async def test_a_cancellation_by_others_stays_one_even_at_the_same_moment() -> None:
    alarm = DeadlineTimer()

    async def wait() -> None:
        with alarm.within(0):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    loop = asyncio.get_running_loop()
    ringing = asyncio.Event()
    loop.call_soon(ringing.set)
    await ringing.wait()
    alarm._wake()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    alarm.close()
