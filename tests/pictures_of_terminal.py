"""Pictures of the program on terminals of 80 and 120 columns, light and dark.

Run `python -m tests.pictures_of_terminal FOLDER`. The program runs on a real pseudo-terminal; pyte reads what
it prints, and Pillow draws it. Needs a monospaced font: DejaVu Sans Mono, or the one named by --font.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyte.screens
from PIL import Image, ImageDraw, ImageFont

from tests.builders import ANSWER, COMPLETION, SECRET_TEXT, signature
from tests.e2e.program import PROGRAM, a_post, deliver, finish, receiving, send_raw
from tests.e2e.terminal import Terminal, on_terminal
from tests.ports import free_port

RELAY = Path(__file__).with_name("tunnel") / "relay.py"
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf"
SIZE = 15
MARGIN = 12

Theme = Mapping[str, str]
Save = Callable[[str, str, Terminal], None]
"""Saves a terminal under a name, with the command that ran in it."""
THEMES: Mapping[str, Theme] = {
    "light": {
        "back": "#ffffff",
        "default": "#1f2328",
        "faint": "#6e7781",
        "red": "#cf222e",
        "green": "#116329",
        "brown": "#7d4e00",
        "blue": "#0550ae",
        "cyan": "#1b7c83",
        "magenta": "#8250df",
    },
    "dark": {
        "back": "#0d1117",
        "default": "#e6edf3",
        "faint": "#7d8590",
        "red": "#ff7b72",
        "green": "#3fb950",
        "brown": "#d29922",
        "blue": "#79c0ff",
        "cyan": "#76e3ea",
        "magenta": "#d2a8ff",
    },
}

SURVEYS = (
    ("Checkout rating", "nps_feedback", 9, "Ada", "How likely are you to recommend us?"),
    ("Checkout rating", "nps_feedback", 4, "Grace", "How likely are you to recommend us?"),
    ("Onboarding", "input_feedback", "The import was quick.", "Edsger", "What did you like best?"),
    ("Onboarding", "input_feedback", "Größere Bilder, bitte!", "Barbara", "What is missing?"),
)


def drawn(rows: list[list[pyte.screens.Char]], command: str, theme: Theme, font: str) -> Image.Image:
    """Draw rows of a screen below the command that printed them."""
    faces = {bold: ImageFont.truetype(font.format("-Bold" if bold else ""), SIZE) for bold in (False, True)}
    wide, high = round(faces[False].getlength("M")), round(SIZE * 1.3)
    columns = max(map(len, rows))
    size = (columns * wide + 2 * MARGIN, (len(rows) + 1) * high + 2 * MARGIN)
    picture = Image.new("RGB", size, theme["back"])
    pen = ImageDraw.Draw(picture)
    pen.text((MARGIN, MARGIN), f"$ {command}"[:columns], theme["faint"], faces[True])
    for y, row in enumerate(rows, start=1):
        for x, char in enumerate(row):
            place = (MARGIN + x * wide, MARGIN + y * high)
            if char.bg != "default":
                pen.rectangle((*place, place[0] + wide - 1, place[1] + high - 1), _colour(char.bg, theme))
            if char.data in _BLOCKS:  # the font's own leave gaps between lines
                upper, lower = _BLOCKS[char.data]
                edges = (place[1] + (0 if upper else high // 2), place[1] + (high if lower else high // 2))
                area = (place[0], edges[0], place[0] + wide - 1, edges[1] - 1)
                pen.rectangle(area, _colour(char.fg, theme))
            elif char.data.strip():
                colour = theme["faint"] if char.italics else _colour(char.fg, theme)
                pen.text(place, char.data, colour, faces[char.bold])
    return picture


_BLOCKS = {"█": (True, True), "▀": (True, False), "▄": (False, True)}


def _colour(name: str, theme: Theme) -> str:
    """The colour of a name of pyte: one of the theme, or six hexadecimal digits."""
    return theme.get(name) or (f"#{name}" if len(name) == 6 else theme["default"])


def _rows(terminal: Terminal) -> list[list[pyte.screens.Char]]:
    """The rows of a screen, also those that scrolled away, without the empty ones at the end."""
    screen = terminal.screen
    lines = [*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))]
    rows = [[line[x] for x in range(screen.columns)] for line in lines]
    while rows and not any(char.data.strip() for char in rows[-1]):
        rows.pop()
    return rows


def _events() -> Iterator[bytes]:
    for number, (survey, kind, response, user, text) in enumerate(SURVEYS):
        event = json.loads(ANSWER)
        answer = {
            "question_id": f"q-{kind}",
            "question_order": 1,
            "question_text": text,
            "question_type": kind,
            "response": response,
        }
        event.update(survey_name=survey, survey_id=f"s-{kind}", user_id=user, **answer)
        if number % 2:
            event.update(
                event_type="response_group", responses=[answer | {"created_at": event["created_at"]}]
            )
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _send_all(url: str) -> None:
    deliver(url, *_events(), COMPLETION)
    deliver(url, COMPLETION, secret=f"{SECRET_TEXT} ")
    deliver(url, ANSWER, secret="of another project")
    send_raw(url, a_post(b'{"hello": "world"}'))
    send_raw(url, b"\x16\x03\x01\x02\x00")


def _pictures(folder: Path, font: str, columns: int) -> None:
    def save(name: str, command: str, terminal: Terminal) -> None:
        for theme, colours in THEMES.items():
            file = folder / f"{name}-{columns}-{theme}.png"
            drawn(_rows(terminal), f"{PROGRAM.name} {command}", colours, font).save(file)
            print(file)

    with tempfile.TemporaryDirectory() as place:
        database, port = f"{place}/captures.db", str(free_port())
        with receiving() as (_, target):
            forward = target.rpartition(":")[2]
            options = ("--port", port, "--forward", forward, "--database", database)
            with on_terminal("listen", *options, columns=columns) as terminal:
                terminal.until_bottom(lambda row: "valid" in row)
                _send_all(f"http://127.0.0.1:{port}/")
                terminal.until_bottom(lambda row: "not forwarded" in row)
                terminal.until_shown("Refused")
                save("listen", "listen --forward 3000", terminal)
                terminal.press("f")
                terminal.press("verdictt:invalid")
                terminal.until_shown("Character")
                save("listen-filter", "listen --forward 3000", terminal)
                terminal.press("\x1b")
                terminal.until_bottom(lambda row: "not forwarded" in row)
                terminal.press("?")
                terminal.until_shown("  q  quit")
                save("listen-keys", "listen --forward 3000", terminal)
                terminal.press("q")
                terminal.ended()
                save("listen-end", "listen --forward 3000", terminal)
        public = free_port()
        command = f"'{sys.executable}' '{RELAY}' {public} {{port}}"
        tunnel = ("--tunnel-command", command, "--public-url", f"http://127.0.0.1:{public}")
        options = ("--port", port, "--database", f"{place}/tunnel.db", *tunnel)
        with on_terminal("listen", *options, columns=columns) as terminal:
            terminal.until_shown("came back in")
            terminal.until_bottom(lambda row: "reachable" in row)
            save("listen-tunnel", "listen --tunnel-command 'bore local {port}'", terminal)
            terminal.press("q")
            terminal.ended()
        _pictures_of_responses(save, Path(place), columns)
        for name, *arguments in (
            ("list", "list"),
            ("show", "show", "1"),
            ("show-invalid", "show", "6"),
            ("stats", "stats", "s-nps_feedback"),
            ("surveys", "surveys"),
            ("verify", "verify", "--capture", "6"),
            ("help", "listen", "--help"),
        ):
            with on_terminal(*arguments, "--database", database, columns=columns) as terminal:
                terminal.ended()
                save(name, " ".join(arguments), terminal)


def _pictures_of_responses(save: Save, place: Path, columns: int) -> None:
    """Make the pictures of response rules, and of a study of retries next to a listener."""
    on_file = ("--database", str(place / "responses.db"))
    rules = ("--answer", "503 for survey:nps first 3", "--answer", "close for verdict:unsigned")
    port = str(free_port())
    with on_terminal("listen", *on_file, "--port", port, *rules, columns=columns) as listener:
        listener.until_bottom(lambda row: "valid" in row)
        url = f"http://127.0.0.1:{port}/"
        for event in _events():
            send_raw(url, a_post(event, b"x-webhook-signature: " + signature(event)))
        with on_terminal("answers", "learn", "503", *on_file, columns=columns) as terminal:
            terminal.until_shown("Waiting for the next delivery")
            for extra in ((), (), (b"X-Try: 3",), ()):
                send_raw(url, a_post(ANSWER, b"x-webhook-signature: " + signature(ANSWER), *extra))
            terminal.until_shown("200")
            terminal.press("\x03")
            terminal.ended()
            save("answers-learn", "answers learn 503", terminal)
        send_raw(url, a_post(ANSWER))
        listener.until_shown("no response")
        save("listen-answer", "listen --answer '503 for survey:nps first 3' …", listener)
        listener.press("q")
        listener.ended()
    for rule in ("503 for survey:nps first 3", "200 after 31s for event:completion", "close every 10"):
        finish("answers", "add", rule, *on_file)
    for name, *arguments in (
        ("answers", "answers"),
        ("answers-preview", "answers", "preview"),
        ("answers-wrong", "answers", "add", "503 fist 3"),
        ("answers-help", "answers", "--help"),
    ):
        with on_terminal(*arguments, *on_file, columns=columns) as terminal:
            terminal.ended()
            save(name, " ".join(arguments), terminal)


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--font", default=FONT, help="path of the font, with {} for -Bold")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for columns in (80, 120):
        _pictures(given.folder, given.font, columns)


if __name__ == "__main__":
    main()
