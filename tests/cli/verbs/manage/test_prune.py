"""`prune` removes for good what was named or is beyond the limits, and nothing that is pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, UsageError
from inspector.cli.verbs.look.list_ import LIST
from inspector.cli.verbs.manage.pin import PIN
from inspector.cli.verbs.manage.prune import PRUNE
from tests.builders import an_answer, signature
from tests.cli.calls import Done, use
from tests.cli.conftest import Keep

BODIES = [an_answer(f"answer {number}", user=f"u-{number}") for number in range(1, 7)]


@pytest.fixture
async def database(keep: Keep) -> str:
    """Six answers, of which the second is pinned."""
    database = await keep(*((body, signature(body)) for body in BODIES))
    await use(PIN, "2", "--database", database)
    return database


async def _left(database: str) -> list[int]:
    lines = (await use(LIST, "--database", database)).text.splitlines()[1:]
    return [int(line.split()[0]) for line in lines]


async def _prune(database: str, *options: str) -> Done:
    return await use(PRUNE, "--database", database, "--format", "json", *options)


@pytest.mark.parametrize(
    ("options", "removed"),
    [
        (("--keep-count", "3"), [1, 3]),
        (("--all",), [1, 3, 4, 5, 6]),
        (("--all", "--yes"), [1, 3, 4, 5, 6]),
        (("--keep-count", "1"), [1, 3, 4, 5]),
        (("--keep-bytes", str(len(BODIES[0]) * 2 + 1)), [1, 3, 4]),
        (("--keep-days", "30"), []),
        (("--filter", "user:u-3 OR user:u-2"), [3]),
        (("--filter", "-user:u-6", "--keep-count", "1"), [1, 3, 4]),
        (("1..4",), [1, 3, 4]),
        (("1", "5", "--keep-count", "1"), [1]),
        (("--set", "keep_count=4"), [1]),
    ],
)
async def test_what_is_beyond_the_limits_goes_oldest_first_and_what_is_pinned_counts_in_none(
    database: str, options: tuple[str, ...], removed: list[int]
) -> None:
    dry = (await _prune(database, "--dry-run", *options)).record()
    assert (dry["ids"], dry["dry_run"]) == (removed, True)
    assert await _left(database) == [1, 2, 3, 4, 5, 6]
    done = (await _prune(database, *options)).record()
    assert (done["ids"], done["removed"], done["dry_run"]) == (removed, len(removed), False)
    assert done["bytes"] == dry["bytes"] == sum(len(BODIES[one - 1]) for one in removed)
    assert await _left(database) == [one for one in range(1, 7) if one not in removed]


async def test_it_says_what_it_would_do_and_what_it_did(database: str) -> None:
    options = ("--database", database, "--keep-count", "3")
    dry = (await use(PRUNE, *options, "--dry-run")).text.splitlines()
    assert [line.split()[0] for line in dry[:-1]] == ["id", "1", "3"]
    assert len({line.index("Answer") for line in dry[1:-1]} | {dry[0].index("event")}) == 1
    assert dry[-1].startswith("Would remove 2 captures with ")
    assert dry[-1].endswith(" 1 pinned capture stays.")
    assert (await use(PRUNE, *options)).text.startswith("Removed 2 captures with ")
    assert (await use(PRUNE, *options)).text == "No captures to remove. 1 pinned capture stays.\n"


async def test_nothing_of_what_was_removed_is_left_in_the_file_or_beside_it(database: str) -> None:
    await _prune(database, "4")
    for file in Path(database).parent.iterdir():
        assert b"answer 4" not in file.read_bytes(), file.name
    assert any(b"answer 5" in file.read_bytes() for file in Path(database).parent.iterdir())


async def test_with_nothing_named_and_nothing_set_nothing_is_removed(database: str) -> None:
    with pytest.raises(UsageError, match="No captures are selected"):
        await _prune(database)
    assert len(await _left(database)) == 6


@pytest.mark.parametrize("option", ["--keep-count", "--keep-days", "--keep-bytes"])
@pytest.mark.parametrize("value", ["0", "00", "0.0", "0kb"])
async def test_a_limit_of_0_is_refused_and_all_is_named(database: str, option: str, value: str) -> None:
    """In the settings of the same names 0 means no limit; here it would remove everything."""
    with pytest.raises(UsageError) as told:
        await _prune(database, option, value)
    assert told.value.exit_status == 2
    kinds = {
        "--keep-count": ("0", "00"),
        "--keep-days": ("0", "00", "0.0"),
        "--keep-bytes": ("0", "00", "0kb"),
    }
    assert ("use --all." in str(told.value)) == (value in kinds[option])
    assert len(await _left(database)) == 6


@pytest.mark.parametrize("text", ["", "  ", "\t", "\u3000"])
async def test_a_filter_without_a_condition_is_refused(database: str, text: str) -> None:
    for options in (("--filter", text), ("--filter", text, "--keep-count", "1"), ("1", f"--filter={text}")):
        with pytest.raises(UsageError, match="--filter is empty, so it would select every capture") as told:
            await _prune(database, *options)
        assert told.value.exit_status == 2
    assert len(await _left(database)) == 6


@pytest.mark.parametrize("options", [("1",), ("--filter", "user:u-1"), ("--keep-days", "30")])
async def test_all_is_not_combined_with_a_selection(database: str, options: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--all cannot be used with"):
        await _prune(database, "--all", *options)
    assert len(await _left(database)) == 6


@pytest.mark.parametrize(
    ("options", "status"),
    [(("--keep-bytes", "much"), 2), (("--keep-days", "-1"), 2), (("--keep-count", "1.5"), 2), (("99",), 1)],
)
async def test_what_makes_no_sense_is_refused_in_words(
    database: str, options: tuple[str, ...], status: int
) -> None:
    with pytest.raises(InspectorError) as told:
        await _prune(database, *options)
    assert told.value.exit_status == status
    assert len(await _left(database)) == 6
