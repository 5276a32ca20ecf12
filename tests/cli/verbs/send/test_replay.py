from __future__ import annotations

import asyncio
import io
import re
import shutil
from pathlib import Path

import pytest

from inspector.base.errors import UsageError
from inspector.cli.output.streams import Output, Painter
from inspector.cli.send_plan import Attempts
from inspector.cli.verbs.check.check import CHECK
from inspector.cli.verbs.look.show import SHOW
from inspector.cli.verbs.send.replay import REPLAY
from inspector.domain.replay.plan_options import PlanOptions
from inspector.session.options import Options
from inspector.session.session import Session
from tests.builders import ANSWER, an_answer, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep
from tests.client.receivers import OK, answers, receiving
from tests.session.test_replays import OK as OK_ANSWER
from tests.session.test_replays import put, receiver

DATA = Path(__file__).parents[3] / "data"


async def test_a_line_for_each_attempt_and_one_for_all(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)), (b"{}", None))
    async with receiving(answers(OK)) as sink:
        done = await use(REPLAY, "--to", f"http://{sink.target.netloc}/", "--database", database)
    *attempts, total = done.text.splitlines()
    assert [f"capture {n}" in line for n, line in enumerate(attempts, 1)] == [True, True]
    assert total == "2 sent: 1 succeeded, 1 wrongly accepted."
    assert done.status == 1


async def test_json_has_every_attempt_and_the_summary_last(keep: Keep) -> None:
    database = await keep(*[(ANSWER, signature(ANSWER))] * 20)
    async with receiving(answers(OK)) as sink:
        url = f"http://{sink.target.netloc}/"
        done = await use(REPLAY, "--to", url, "--database", database, "--at-once", "4", "--format", "json")
    *attempts, total = done.records()
    assert sorted(attempt["capture"] for attempt in attempts) == list(range(1, 21))
    assert [attempt["attempt"] for attempt in attempts] == list(range(1, 21))
    assert total == {"sent": 20, "succeeded": 20, "failed": 0, "skipped": 0, "unexpected": 0}
    assert {(one["expected"], one["compared"], one["path"]) for one in attempts} == {(True, "first", "/")}


async def test_a_rejected_capture_names_the_command_that_finds_out_why(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)), (ANSWER, signature(ANSWER)), (ANSWER, b"0" * 64))
    rejection = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
    async with receiver(lambda _: rejection) as (url, _):
        done = await use(REPLAY, "--to", url, "--database", database)
    assert done.status == 1
    hint = re.fullmatch(r"`webhook-inspector (check --capture 1 --to (\S+))` finds out why\.\n", done.said)
    assert hint is not None
    assert hint[2].startswith(url.rstrip("/"))
    CHECK.parser().parse(hint[1].split()[1:])
    assert hint[1] in (await use(SHOW, "1", "--database", database)).text
    assert "finds out why" not in (await use(SHOW, "3", "--database", database)).text, "it must be rejected"


def verifying(request: bytes) -> bytes:
    """Return the response of a receiver that checks the signature over the raw body."""
    body = request.partition(b"\r\n\r\n")[2]
    is_valid = b"x-webhook-signature: " + signature(body) in request
    return OK_ANSWER if is_valid else b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "sign", "fault"),
    [
        (ANSWER, signature(ANSWER), ("--fault", "broken-signature:1")),
        (ANSWER, signature(ANSWER), ("--fault", "stale-secret:1")),
        (ANSWER, signature(b"another"), ()),
        (ANSWER, None, ()),
    ],
)
async def test_a_receiver_is_right_to_reject_a_signature_that_does_not_fit(
    keep: Keep, body: bytes, sign: bytes | None, fault: tuple[str, ...]
) -> None:
    database = await keep((body, sign), (body, sign))
    arguments = ("--database", database, "--stop-on-failure", *fault)
    async with receiver(verifying) as (url, _):
        done = await use(REPLAY, "--to", url, *arguments)
        assert done.text.splitlines()[2] == "2 sent: 2 rejected as expected."
        assert "✓ http-error" in done.text
        assert "rejected as expected" in done.text.splitlines()[0]
        assert done.status == 0
        done = await use(REPLAY, "--to", url, *arguments, "--format", "json")
        *attempts, total = done.records()
        assert [(one["status"], one["expected"], one["compared"]) for one in attempts] == [
            (401, True, "same")
        ] * 2
        assert (total["succeeded"], total["failed"], total["unexpected"]) == (0, 2, 0)
    async with receiver(lambda request: OK_ANSWER) as (url, received):
        done = await use(REPLAY, "--to", url, *arguments)
        assert done.text.splitlines()[1] == "1 sent: 1 wrongly accepted, 1 not sent."
        assert "✗ accepted" in done.text
        assert done.status == 1
        assert len(received) == 1, "it stopped at the first"


async def test_an_attempt_compares_only_with_the_last_one_to_the_same_place(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    session = Session(Options(database=database, port=0))
    await session.open()
    await put(session, ANSWER, target=b"/hook?token=1")
    await session.close()

    async def word(url: str) -> str:
        done = await use(REPLAY, "--to", url, "--database", str(database), "--format", "json")
        compared: str = done.records()[0]["compared"]
        return compared

    response = [OK_ANSWER]
    rejecting = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
    async with (
        receiver(lambda request: rejecting) as (other, _),
        receiver(lambda request: response[0]) as (url, _),
    ):
        assert [await word(other), await word(url), await word(f"{url}elsewhere")] == ["first"] * 3
        assert [await word(url), await word(f"{url}hook"), await word(other)] == ["same"] * 3
        response[0] = rejecting
        assert [await word(url), await word(url)] == ["regressed", "same"]
        response[0] = OK_ANSWER
        assert await word(f"{url}hook?token=2") == "fixed"
        shown = (await use(SHOW, "1", "--database", str(database), width=300)).text
    assert f"to {url}hook" in shown, "the path that was sent"
    assert f"to {url}elsewhere" in shown
    assert shown.count(": first to this address") == 3


async def test_a_changed_outcome_and_a_cut_reason_are_printed(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)), (ANSWER, signature(ANSWER)))
    async with receiver(lambda request: OK_ANSWER) as (url, _):
        arguments = ("--to", url, "--database", database)
        assert "regressed" not in (await use(REPLAY, *arguments)).text
    lines = (await use(REPLAY, *arguments, width=80)).text.splitlines()
    assert all("  regressed  N" in line and line.endswith("…") for line in lines[:2])
    assert lines[2] == "2 sent: 0 succeeded, 2 failed."
    place = url.removeprefix("http://").rstrip("/")
    assert " ".join(lines[3:]) == f"2 failed: Nothing listens at {place}."


async def test_resign_reads_the_variable_that_it_names(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    arguments = ("--database", database, "--resign", "env:NEWS")
    async with receiver(lambda request: OK_ANSWER) as (url, received):
        with pytest.raises(UsageError, match=r"variable NEWS is not set\."):
            await use(REPLAY, "--to", url, *arguments)
        monkeypatch.setenv("NEWS", "x")
        done = await use(REPLAY, "--to", url, *arguments)
    assert done.status == 0
    assert b"x-webhook-signature: " + signature(ANSWER, "x") in received[0]


async def test_a_dry_run_of_the_remainder_names_what_may_have_arrived(tmp_path: Path) -> None:
    session = Session(Options(database=tmp_path / "captures.db", port=0))
    await session.open()
    await put(session, *[an_answer(f"<{n}>") for n in range(1, 4)])
    arrived = asyncio.Event()

    def respond(request: bytes) -> bytes:
        if b"<2>" not in request:
            return OK_ANSWER
        arrived.set()
        return b""

    async with receiver(respond) as (url, _):
        run = session.replays.start(await session.replays.plan(url))
        await arrived.wait()
        run.stop()
        await run.wait()
        await session.close()
        done = await use(REPLAY, "--resume", "last", "--dry-run", "--database", str(tmp_path / "captures.db"))
    lines = done.text.splitlines()
    assert lines[0] == "1 capture, 1 delivery."
    assert (
        "These captures may have arrived, but there was no response: 2."
        " `replay --resume 1 --retry-unknown` resends them." in lines
    )


@pytest.mark.parametrize("version", [5, 6])
async def test_plans_of_earlier_versions_go_on_with_the_right_rest(tmp_path: Path, version: int) -> None:
    """Plan 1 was stopped after 2 of 3 deliveries; plan 3 was killed during its first."""
    database = str(tmp_path / "captures.db")
    shutil.copyfile(DATA / f"captures-v{version}.db", database)
    for plan, unknown in (("1", []), ("3", [1])):
        planned = await use(REPLAY, "--resume", plan, "--dry-run", "--database", database, "--format", "json")
        record = planned.record()
        assert (record["deliveries"], record["capture"], record["unknown"]) == (1, 2, unknown)


async def test_dropped_deliveries_are_reported_once(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 5)
    async with receiver(lambda request: OK_ANSWER) as (url, _):
        done = await use(REPLAY, "--to", url, "--database", database, "--fault", "dropped:2")
    assert done.text.splitlines()[3:] == ["3 sent: 3 succeeded, 0 failed.", "2 dropped on purpose."]


async def test_where_every_capture_was_skipped_nothing_is_said_to_be_sent(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    session = Session(Options(database=database, port=0))
    await session.open()
    await put(session, b"half", b"of it", kind="cut")
    await session.close()
    async with receiving(answers(OK)) as sink:
        url = f"http://{sink.target.netloc}/"
        done = await use(REPLAY, "--to", url, "--database", str(database))
        assert sink.connections == 0
    first, why = done.text.splitlines()
    assert first == "Nothing was sent: 2 skipped."
    assert why.startswith("2 skipped: It was cut")
    assert done.status == 1, "as if no capture matches"


async def numbered(tmp_path: Path, count: int) -> str:
    database = tmp_path / "captures.db"
    session = Session(Options(database=database, port=0))
    await session.open()
    await put(session, *[an_answer(f"<{n}>") for n in range(1, count + 1)])
    await session.close()
    return str(database)


async def test_a_dry_run_tells_the_plan_and_sends_nothing(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 10)
    async with receiving(answers(OK)) as sink:
        done = await use(
            REPLAY,
            *("--to", f"http://{sink.target.netloc}/hook", "--database", database, "--dry-run"),
            *("--rate", "2", "--fault", "twice:5", "--fault", "dropped:3"),
        )
        assert sink.connections == 0
    assert done.status == 0
    lines = done.text.splitlines()
    assert lines[0] == "10 captures, 9 deliveries."
    assert "Pace: 2 per second; 4.5 s in total." in lines
    assert any(line.startswith("Fault: dropped, 3 deliveries") for line in lines)
    assert any("The path / becomes /hook" in line for line in lines)


async def test_what_the_receiver_did_with_each_fault_is_told_and_how_long_it_took(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 12)
    async with receiver(lambda request: OK_ANSWER) as (url, _):
        done = await use(
            REPLAY,
            *("--to", url, "--database", database, "--fault", "broken-signature:4", "--fault", "twice:6"),
        )
    lines = done.text.splitlines()
    total = lines.index("14 sent: 11 succeeded, 3 wrongly accepted.")
    assert lines[total + 1 : total + 4] == [
        "2 delivered twice: 2 × status 200.",
        "3 with a wrong signature: 3 × status 200. The receiver accepted what it should have rejected.",
        "Response times:",
    ]
    assert sum(int(line.split("ms")[1].split()[0]) for line in lines[total + 4 :]) == 14


async def test_a_plan_that_stopped_goes_on_and_json_stays_what_scripts_rely_on(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 6)
    failing = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    async with receiver(lambda request: failing if b"<3>" in request else OK_ANSWER) as (url, received):
        first = await use(
            REPLAY, "--to", url, "--database", database, "--stop-on-failure", "--format", "json"
        )
        *attempts, total = first.records()
        assert [attempt["capture"] for attempt in attempts] == [1, 2, 3]
        assert set(attempts[0]) == KEYS
        assert total == {"sent": 3, "succeeded": 2, "failed": 1, "skipped": 0, "unexpected": 1}
        assert first.status == 1
        assert "Plan 1 has 3 deliveries left. `replay --resume 1` sends them." in first.said
        rest = await use(REPLAY, "--resume", "last", "--database", database, "--format", "json")
        *attempts, total = rest.records()
        assert [attempt["capture"] for attempt in attempts] == [4, 5, 6]
        assert (total["sent"], rest.status, rest.said) == (3, 0, "")
        nothing = await use(REPLAY, "--resume", "1", "--database", database)
        assert (nothing.text, nothing.status) == ("Plan 1 is complete. There is nothing left to send.\n", 0)
        planned = await use(REPLAY, "--resume", "1", "--dry-run", "--database", database)
        assert (planned.text, planned.status) == (nothing.text, 0)
    assert len(received) == 6


async def test_signing_again_leaves_out_what_is_not_valid_unless_it_is_named(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    session = Session(Options(database=database, port=0))
    await session.open()
    await put(session, ANSWER)
    await put(session, ANSWER, signed=False)
    await session.close()
    async with receiver(lambda request: OK_ANSWER) as (url, received):
        resign = ("--to", url, "--database", str(database), "--resign", "env:BLITZ_WEBHOOK_SECRET")
        done = await use(REPLAY, *resign, "--format", "json")
        assert [record.get("signature") for record in done.records()] == ["resigned", None]
        assert done.records()[-1]["skipped"] == 1
        assert "Use --resign-unverified to re-sign it anyway." in done.said
        planned = (await use(REPLAY, *resign, "--dry-run")).text
        assert "1 capture without a valid signature: skipped without --resign-unverified." in planned
        done = await use(REPLAY, *resign, "--resign-unverified", "--mark", "--format", "json")
        assert done.records()[-1]["sent"] == 2
    assert b"x-webhook-inspector-replay: 2\r\n" in received[-1]
    assert signature(ANSWER) in received[-1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "--to URL, or --resume PLAN"),
        (("--resume", "1", "--rate", "3"), "--rate cannot be used with --resume"),
        (("--resume", "1", "7"), "ID cannot be used with --resume"),
        (("--resume", "soon"), "Invalid value 'soon' for --resume. Use the number of a plan, or last."),
        (("--resume", "1", "--follow-redirects"), "--follow-redirects cannot be used with --resume"),
        (
            ("--to", "http://127.0.0.1:1/", "--retry-unknown"),
            "--retry-unknown needs a plan. Add --resume PLAN.",
        ),
        (("--to", "http://127.0.0.1:1/", "--speed", "200"), "from 0.1 to 100"),
        (("--to", "http://127.0.0.1:1/", "--original-timing", "--rate", "3"), "not both"),
        (("--to", "http://127.0.0.1:1/", "--max-gap", "3s"), "only with the original timing"),
        (("--to", "http://127.0.0.1:1/", "--fault", "often:3"), "The faults are twice"),
        (("--to", "http://127.0.0.1:1/", "--resign-unverified"), "--resign-unverified needs a secret."),
    ],
)
async def test_options_that_make_no_sense_are_told(tmp_path: Path, given: tuple[str, ...], told: str) -> None:
    database = await numbered(tmp_path, 1)
    with pytest.raises(UsageError, match=re.escape(told)):
        await use(REPLAY, *given, "--database", database)


async def test_original_timing_takes_no_id_and_speed_scales_it(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 3)
    arguments = ("--to", "http://127.0.0.1:9/", "--database", database, "--dry-run")
    for given, captures, pace in (
        (("--original-timing", "1", "2"), 2, "Pace: the original timing; "),
        (("--original-timing", "3"), 1, "Pace: the original timing; "),
        (("--original-timing", "--speed", "3", "1..2"), 2, "Pace: the original timing, 3 times as fast; "),
        (("--speed", "0.5"), 3, "Pace: the original timing, 0.5 times as fast; "),
    ):
        lines = (await use(REPLAY, *given, *arguments)).text.splitlines()
        assert lines[0].startswith(f"{captures} capture"), given
        assert lines[3].startswith(pace), given
    with pytest.raises(UsageError, match="--original-timing does not take a value"):
        await use(REPLAY, "--original-timing=3", *arguments)
    with pytest.raises(UsageError, match=r"from 0\.1 to 100"):
        await use(REPLAY, "--speed", "0", *arguments)


@pytest.mark.parametrize("text", ["", "  "])
async def test_a_filter_without_a_condition_replays_nothing(tmp_path: Path, text: str) -> None:
    database = await numbered(tmp_path, 2)
    async with receiver(lambda request: OK_ANSWER) as (url, received):
        for more in ((), ("--dry-run",), ("1",)):
            with pytest.raises(UsageError, match="filter is empty") as told:
                await use(REPLAY, "--filter", text, "--to", url, "--database", database, *more)
            assert told.value.exit_status == 2
    assert received == []


KEYS = {
    *("attempt", "capture", "target", "started_at", "status", "elapsed_ms", "outcome", "error"),
    *("path", "expected", "compared"),
    *("signature", "edited"),
}


@pytest.mark.parametrize(
    ("pace", "said"),
    [
        (("--rate", "100"), "Pace: 100 per second; 0 s in total.\n"),
        (
            ("--speed", "50", "--max-gap", "1s"),
            "Pace: the original timing, 50 times as fast, no pause over 1 s; ",
        ),
        ((), ""),
    ],
)
async def test_how_long_a_pace_takes_is_said_before_the_first_leaves(
    tmp_path: Path, pace: tuple[str, ...], said: str
) -> None:
    database = await numbered(tmp_path, 1)
    async with receiving(answers(OK)) as sink:
        done = await use(REPLAY, "--to", f"http://{sink.target.netloc}/", "--database", database, *pace)
    assert done.status == 0
    assert done.said.startswith(said)
    assert done.said.count("\n") == bool(said)


async def test_a_receiver_that_is_too_slow_for_the_pace_is_told_of(tmp_path: Path) -> None:
    database = await numbered(tmp_path, 8)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                await asyncio.sleep(0.05)
                writer.write(OK_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    done = await use(REPLAY, "--to", url, "--database", database, "--rate", "100")
    server.close()
    await server.wait_closed()
    assert "late. Use --at-once with more than 1." in done.said


async def test_progress_is_one_line_that_is_written_over_on_a_terminal_alone(tmp_path: Path) -> None:
    session = Session(Options(database=tmp_path / "captures.db", port=0))
    await session.open()
    await put(session, *[an_answer(f"<{n}>") for n in range(30)])
    stream, messages = io.BytesIO(), io.BytesIO()
    out = Output(stream, messages, is_json=True, messages_painter=Painter(width=80))
    async with receiver(lambda request: OK_ANSWER) as (url, _):
        run = session.replays.start(await session.replays.plan(url, course=PlanOptions(rate=60)))
        printed = Attempts(out, run, session.requests)
        run.attempted.connect(printed.add)
        run.progressed.connect(printed.show)
        await run.wait()
        printed.flush()
    await session.close()
    told = messages.getvalue().decode()
    assert re.search(r"\r\d+ of 30   [\d,]+/s   [\d.]+ s left\x1b\[K", told)
    assert "\n" not in told
    assert len(stream.getvalue().splitlines()) == 30


@pytest.mark.parametrize("form", ["127.0.0.1:{port}", "localhost:{port}/hook", "{port}"])
async def test_an_address_needs_no_scheme(keep: Keep, form: str) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    async with receiving(answers(OK)) as sink:
        to = form.format(port=sink.target.port)
        done = await use(REPLAY, "--to", to, "--database", database)
    assert (done.status, done.text.splitlines()[-1]) == (0, "1 sent: 1 succeeded, 0 failed.")


async def test_a_name_without_a_target_is_refused_in_words(keep: Keep) -> None:
    database = await keep((ANSWER, signature(ANSWER)))
    with pytest.raises(UsageError, match="There is no target staging"):
        await use(REPLAY, "--to", "staging", "--database", database)
