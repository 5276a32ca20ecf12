"""The live line fits every width, and leaves out the least important parts first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.cli.listen.status import LiveStatus, Rate, status_line
from inspector.cli.output.alignment import display_width
from inspector.cli.output.streams import Painter

FULL = LiveStatus(
    url="http://127.0.0.1:8787/",
    rate=12.4,
    valid=1_340,
    invalid=2,
    others=5,
    has_forwards=True,
    delivered=1_330,
    pending=7,
    failed=3,
    left_out=(("invalid", 2), ("unsigned", 5)),
    held=12,
    query="verdict:invalid survey:日本語",
    verified=40,
    public="unreachable since 12:03",
    public_style="invalid",
)


@pytest.mark.parametrize("width", [*range(1, 60), 80, 120, 300])
def test_it_is_narrower_than_the_terminal(width: int) -> None:
    assert display_width(status_line(FULL, Painter(width=width))) <= max(width - 1, 1)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (20, "paused 12  ✗2"),
        (30, "paused 12  ✓1,340  2 invalid"),
        (40, "paused 12  ✓1,340  ✗2  →1,330 7… 3✗"),
    ],
)
def test_the_verdicts_and_a_pause_stay_longest(width: int, shown: str) -> None:
    assert status_line(FULL, Painter(width=width)) == shown


def test_a_wide_terminal_shows_everything() -> None:
    assert status_line(FULL, Painter(width=280)) == (
        "paused, 12 held back  12/s  1,340 valid  2 invalid  5 other  → 1,330 sent, 7 pending, 3 failed"
        "  7 not forwarded (2 invalid, 5 unsigned)  re-verifying 40 %  public unreachable since 12:03"
        "  filter verdict:invalid survey…  http://127.0.0.1:8787/  ? keys"
    )


def test_a_quiet_listener_shows_little_and_escapes_its_filter() -> None:
    quiet = LiveStatus(url="http://[::1]:1/", query="\x1b[2J\u202e")
    assert status_line(quiet, Painter(width=80)) == (
        "0/s  0 valid  0 invalid  filter \\x1b[2J\\u202e  http://[::1]:1/  ? keys"
    )


def test_colours_take_no_room() -> None:
    plain = status_line(FULL, Painter(width=80))
    painted = status_line(replace(FULL), Painter(width=80, has_colour=True))
    assert "\x1b[1;31m2 invalid\x1b[0m" in painted
    assert len(painted) > len(plain)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate()
    assert rate.update(0.0, 0) == 0
    assert rate.update(0.1, 5) == 5  # not 50: it never counts less than a second
    for second in range(1, 11):
        rate.update(second, second * 10)
    assert rate.update(11, 110) == 10
    for second in range(12, 20):
        rate.update(second, 110)
    assert rate.update(20, 110) == 0
