import asyncio

import pytest

from inspector.replay.alarm import Alarm


async def test_a_wait_ends_when_its_time_is_over() -> None:
    alarm = Alarm()
    with pytest.raises(TimeoutError), alarm.within(0.01):
        await asyncio.Event().wait()
    alarm.close()


async def test_a_short_wait_after_a_long_one_ends_in_its_own_time() -> None:
    alarm = Alarm()
    with alarm.within(3600):
        await asyncio.sleep(0)
    started = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError), alarm.within(0.01):
        await asyncio.Event().wait()
    assert asyncio.get_running_loop().time() - started < 0.9  # the first timer sleeps for a second
    alarm.close()


async def test_a_timer_that_wakes_before_the_time_sleeps_again() -> None:
    alarm = Alarm()
    started = asyncio.get_running_loop().time()
    with alarm.within(0.02):
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError), alarm.within(0.2):
        await asyncio.Event().wait()
    assert asyncio.get_running_loop().time() - started > 0.15
    alarm.close()


async def test_a_wait_that_has_ended_is_not_disturbed_later() -> None:
    alarm = Alarm()
    with alarm.within(0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    alarm.close()


async def test_many_waits_share_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    timers: list[float] = []
    call_at = loop.call_at

    def counting(when, *args, **options):  # type: ignore[no-untyped-def]
        timers.append(when)
        return call_at(when, *args, **options)

    monkeypatch.setattr(loop, "call_at", counting)
    alarm = Alarm()
    for _ in range(1000):
        with alarm.within(30):
            await asyncio.sleep(0)
    alarm.close()
    assert len(timers) <= 2


async def test_a_cancellation_by_others_stays_one_even_at_the_same_moment() -> None:
    alarm = Alarm()

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
