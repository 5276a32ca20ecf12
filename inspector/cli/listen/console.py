"""`listen` on a terminal: the live line, and what each key does."""

from __future__ import annotations

import asyncio
import os
import signal
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from inspector.base.clock import now_ms
from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.tasks import in_own_thread
from inspector.base.visible import visible
from inspector.cli.arguments import not_allowed
from inspector.cli.listen.keyboard import Keyboard, LineEdit, is_in_foreground
from inspector.cli.listen.public import address_lines
from inspector.cli.listen.screen import LiveScreen
from inspector.cli.listen.status import LiveStatus, Rate, status_line
from inspector.cli.output.alignment import cut, display_width
from inspector.cli.output.attempt_lines import AttemptLines
from inspector.cli.output.capture_columns import verdict_badge
from inspector.cli.output.streams import Output, terminal_width
from inspector.domain.query import QueryError, parse
from inspector.domain.query.scope import EVERYTHING

if TYPE_CHECKING:
    from inspector.cli.listen.forwarding import Forwarding
    from inspector.cli.output.arriving import ArrivingLines
    from inspector.cli.output.streams import Style
    from inspector.cli.verb import Call
    from inspector.session.tunnels import StateWord

TICK_S = 0.25
"""How often the live line is updated."""
MAX_REFUSED = 3
"""How often Enter is refused before the rest of a pasted text is dropped: each check takes 5 ms."""
MAX_HINT_ROWS = 4
"""Maximum rows below an edited line."""
LEFT_OUT_SHARE = 50
"""Counting the captures that are not forwarded takes at most 1 / LEFT_OUT_SHARE of the time."""


_STATE_STYLES: Mapping[StateWord, Style | None] = {"reachable": "valid", "starting": None}
"""How a state of the public address is painted. All others need attention."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A line that the user edits."""

    label: str
    hint: str
    problem: Callable[[str], str | None]
    """Returns why the text cannot be used yet, or None."""
    answer: Callable[[str], None]


@asynccontextmanager
async def live_console(
    call: Call, screen: LiveScreen, *, lines: ArrivingLines, forwards: Forwarding, stop: asyncio.Event
) -> AsyncIterator[None]:
    """Show the live line and handle keys within this context."""
    console = LiveConsole(screen, lines=lines, forwards=forwards, stop=stop)
    call.interruption.restore_terminal = console.restore_now
    running = lines.session.tasks.spawn(console.run(), "show the live line")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class LiveConsole:
    """Shows the live line and handles keys while it runs."""

    def __init__(
        self, screen: LiveScreen, *, lines: ArrivingLines, forwards: Forwarding, stop: asyncio.Event
    ) -> None:
        self._screen = screen
        self._out = lines.out
        self._session = lines.session
        self._lines = lines
        self._forwards = forwards
        self._stop = stop
        self._rate = Rate()
        self._left_out: Sequence[tuple[str, int]] = ()
        self._keyboard: Keyboard | None = None
        self._question: _Question | None = None
        self._edit: LineEdit | None = None
        self._is_suspended = False

    async def run(self) -> None:
        """Show the live line and read keys until cancelled."""
        self._session.tasks.spawn(self._count_left_out(), "count captures that are not forwarded")
        self._keyboard = await in_own_thread(partial(Keyboard, self._pressed))
        try:
            with self._signals():
                while True:
                    self._tick()
                    await asyncio.sleep(TICK_S)
        finally:
            await self._close()

    def restore_now(self) -> None:
        """Restore the terminal without waiting for anything."""
        if self._keyboard is not None:
            self._keyboard.stop()
        with suppress(OSError):
            self._screen.restore_now()

    async def _close(self) -> None:
        """Stop reading keys, and erase the live line."""
        self._is_suspended = True
        if self._keyboard is not None:
            self._keyboard.stop()
        await self._screen.hide()

    # ---- drawing

    def _tick(self) -> None:
        """Update the live line, unless this is a job in the background."""
        if self._is_suspended or self._keyboard is None:
            return
        if not self._keyboard.is_on:
            if not is_in_foreground():
                return
            self._keyboard.start()
        width = terminal_width()
        if width != self._out.width:
            self._out.width = width
            if self._out.can_ask:  # messages go to the terminal, too
                self._out.messages.width = width
            self._lines.fit()
        self._draw()

    def _draw(self) -> None:
        if self._question is not None and self._edit is not None:
            self._screen.show(*_question_lines(self._question, self._edit, self._out))
        else:
            self._screen.show((status_line(self._status(), self._out),))

    def _status(self) -> LiveStatus:
        session, arrivals = self._session, self._lines.arrivals
        rows = session.forwards.rows()
        progress, tunnel = session.verification.progress, session.tunnels.state
        verified = None
        if progress is not None and not progress.is_done and progress.total:
            verified = 100 * progress.done // progress.total
        return LiveStatus(
            url=session.ingest.url or "",
            rate=self._rate.update(asyncio.get_running_loop().time(), arrivals.total),
            valid=arrivals.by_verdict["valid"],
            invalid=arrivals.by_verdict["invalid"],
            others=arrivals.others,
            has_forwards=bool(rows),
            delivered=self._forwards.delivered,
            pending=sum(row.waiting for row in rows),
            failed=sum(row.failed for row in rows),
            left_out=self._left_out,
            held=self._lines.held,
            query=self._lines.query,
            verified=verified,
            public=tunnel.text(now_ms()),
            public_style=_STATE_STYLES.get(tunnel.word, "invalid"),
        )

    async def _count_left_out(self) -> None:
        """Count the captures that are not forwarded. Each count reads all captures of this run."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            with suppress(InspectorError):  # a forward was removed, or the file is busy
                self._left_out = await self._forwards.left_out()
            await asyncio.sleep(max(1.0, LEFT_OUT_SHARE * (loop.time() - began)))

    # ---- signals

    def _signals(self) -> _Signals:
        return _Signals({"SIGTSTP": self._suspend, "SIGCONT": self._continued, "SIGWINCH": self._tick})

    def _suspend(self) -> None:
        """Ctrl+Z: restore the terminal before the process stops."""
        if not self._is_suspended:
            self._is_suspended = True
            self._session.tasks.spawn(self._stop_process(), "suspend")

    async def _stop_process(self) -> None:
        assert self._keyboard is not None
        self._keyboard.stop()
        await self._screen.hide()
        os.kill(os.getpid(), signal.SIGSTOP)  # returns once the process continues
        self._is_suspended = False
        self._tick()

    def _continued(self) -> None:
        """After a stop that nothing announced, another program may have changed the terminal."""
        if self._keyboard is not None and not self._is_suspended:
            self._keyboard.stop()
            self._tick()

    # ---- keys

    def _pressed(self, keys: Sequence[str]) -> None:
        refused = 0
        for key in keys:
            self._press(key)
            refused += key == "enter" and self._question is not None
            if refused > MAX_REFUSED:
                break
        self._tick()  # once for a pasted text, as senders wait meanwhile

    def _press(self, key: str) -> None:
        if self._question is not None:
            self._press_in_question(key)
        elif command := COMMANDS.get(key.lower() if len(key) == 1 else key):
            result = command.run(self)
            if result is not None:
                self._session.tasks.spawn(self._run_command(result), f"key {key}")

    async def _run_command(self, command: Awaitable[None]) -> None:
        try:
            await command
        except InspectorError as error:
            self._out.say_wrapped(str(error))

    def _press_in_question(self, key: str) -> None:
        assert self._question is not None
        assert self._edit is not None
        if key in ("escape", "c-g"):
            self._question = self._edit = None
        elif key != "enter":
            self._edit.press(key)
        elif self._question.problem(self._edit.text) is None:
            answer, text = self._question.answer, self._edit.text
            self._question = self._edit = None
            answer(text)

    def _ask(self, question: _Question, text: str = "") -> None:
        self._question, self._edit = question, LineEdit(text)

    def _shown_id(self) -> int | None:
        """Return the newest capture that was printed; the newest of all before the first. Say if there is
        none."""
        newest = self._lines.newest_id or next(iter(self._session.captures.newest(EVERYTHING, limit=1)), None)
        if newest is None:
            self._out.say_wrapped("No captures yet.")
        return newest

    async def replay_last(self, to: str | None = None) -> None:
        """Replay the newest capture; ask for a target if none is known."""
        capture_id = self._shown_id()
        if capture_id is None:
            return
        from inspector.session.requests import not_replayable

        why_not = not_replayable(await self._session.captures.detail(capture_id))
        if why_not is not None:
            self._out.say_wrapped(f"Capture {capture_id} cannot be replayed. {why_not}")
            return
        forwards = sorted(self._session.forwards.rows(), key=lambda row: not row.is_for_run)
        to = to or (forwards[0].url if forwards else self._session.replays.last_target)
        if to is None:
            self._ask(
                _Question(
                    f"Replay capture {capture_id} to",
                    "a port, an address or a target's name · Enter sends · Esc cancels",
                    lambda text: None if text.strip() else "",
                    lambda text: self._start(self.replay_last(text.strip())),
                )
            )
            self._tick()
            return
        from inspector.domain.replay.request_options import RequestOptions

        host = await self._session.requests.asks_host(to)
        if host is not None:
            raise not_allowed(host, what="captures")
        row = await self._session.requests.send(capture_id, to, RequestOptions())
        compared = self._session.requests.since([row]).get(row.id)
        since = None if compared is None else compared.since
        self._out.say_lines((AttemptLines(self._out.messages).line(row, to=row.sent_to, since=since),))

    async def show_last(self) -> None:
        """Print the newest capture as `show` does."""
        from inspector.cli.verbs.look.show import capture_lines

        capture_id = self._shown_id()
        if capture_id is not None:
            self._lines.add_lines([*await capture_lines(self._out, self._session, capture_id), ""])

    async def verify_again(self) -> None:
        """Verify all stored captures with the current secrets."""
        verification = self._session.verification
        await verification.repeat()
        progress = verification.progress
        if progress is None or not progress.is_done:
            return
        changed = f"{progress.changed:,} changed" if progress.changed else "none changed"
        self._out.say_wrapped(
            f"Re-verified {counted(progress.total, 'capture')}: {changed}.{self._last_verdict()}"
        )

    def _last_verdict(self) -> str:
        capture_id = self._lines.newest_id
        row = None if capture_id is None else self._session.captures.rows([capture_id]).get(capture_id)
        return "" if row is None else f" Capture {row.id}: {verdict_badge(row.shown)}."

    def edit_filter(self) -> None:
        """Ask which captures are printed."""
        self._ask(
            _Question(
                "Filter", "Enter applies · empty prints all · Esc cancels", _query_problem, self._apply_filter
            ),
            self._lines.query,
        )

    def _apply_filter(self, text: str) -> None:
        self._lines.query = text.strip()
        what = f"captures that match {visible(text.strip())}" if text.strip() else "every capture"
        self._out.say_wrapped(f"Printing {what} from now on.")

    def pause(self) -> None:
        """Hold the output back, or print what was held back."""
        if self._lines.held is None:
            self._lines.pause()
        else:
            self._lines.resume()
        self._forwards.is_paused = self._lines.held is not None

    async def show_address(self) -> None:
        """Print the public address with its QR code. Test it first, or start a waiting tunnel again."""
        tunnels = self._session.tunnels
        if tunnels.state.word in ("restarting", "stopped"):
            await tunnels.retry()
        elif tunnels.state.word != "starting":  # which is a test that can last a minute
            await tunnels.probe()
        self._out.say_lines(address_lines(self._out.messages, self._session))

    async def open_window(self) -> None:
        """Open the window on the same file, in another process."""
        from inspector.cli.listen import window

        problem = await in_own_thread(window.why_not)
        self._out.say_wrapped(problem or window.open_on(self._session.database, self._session.options))

    def show_keys(self) -> None:
        """Print what each key does."""
        self._lines.add_lines(key_lines(self._out.width))

    def quit(self) -> None:
        """End listening."""
        self._stop.set()

    def _start(self, command: Awaitable[None]) -> None:
        self._session.tasks.spawn(self._run_command(command), "answer a question")


@dataclass(frozen=True, slots=True)
class _Command:
    """What a key does."""

    help: str
    run: Callable[[LiveConsole], Awaitable[None] | None]


COMMANDS: Mapping[str, _Command] = {
    "r": _Command("replay the newest capture", LiveConsole.replay_last),
    "d": _Command("show its details", LiveConsole.show_last),
    "v": _Command("re-verify all stored captures", LiveConsole.verify_again),
    "f": _Command("filter the output", LiveConsole.edit_filter),
    "p": _Command("pause or resume the output", LiveConsole.pause),
    "a": _Command("test and show the public address", LiveConsole.show_address),
    "o": _Command("open the window on this file", LiveConsole.open_window),
    "?": _Command("show these keys", LiveConsole.show_keys),
    "q": _Command("quit", LiveConsole.quit),
}


def key_lines(width: int | None) -> list[str]:
    """Return what each key does, one per line."""
    return [cut(f"  {key}  {command.help}", width or 80) for key, command in COMMANDS.items()]


class _Signals:
    """Handlers of signals that this platform has, within a context."""

    def __init__(self, handlers: Mapping[str, Callable[[], None]]) -> None:
        self._handlers = {
            getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)
        }

    def __enter__(self) -> None:
        for number, handler in self._handlers.items():
            asyncio.get_running_loop().add_signal_handler(number, handler)

    def __exit__(self, *_: object) -> None:
        for number in self._handlers:
            asyncio.get_running_loop().remove_signal_handler(number)


@lru_cache(maxsize=1)  # a line is drawn and entered many times between two changes
def _query_problem(text: str) -> str | None:
    try:
        parse(text)
    except QueryError as error:
        return f"Character {error.position + 1}: {error}"
    return None


def _question_lines(question: _Question, edit: LineEdit, out: Output) -> tuple[list[str], int]:
    """Return the edited line with its hint or problem below, and the column of the cursor."""
    room = max((out.width or 80) - 1, 2)
    label = cut(question.label, room // 2) + ": "
    before, after = visible(edit.text[: edit.cursor]), visible(edit.text[edit.cursor :])
    before = _end_of(before, max(room - display_width(label) - 1, 1))
    problem = question.problem(edit.text)
    below = textwrap.wrap(problem or question.hint, room)[:MAX_HINT_ROWS]
    first = cut(label + before + after, room)
    return (
        [first, *(out.paint(row, "invalid" if problem else "faint") for row in below)],
        min(display_width(label + before), room),
    )


def _end_of(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, without its start if it is longer."""
    if display_width(text) <= width:
        return text
    end = ""
    for char in reversed(text):
        if display_width(char + end) > width - 1:
            break
        end = char + end
    return f"…{end}"
