"""Everything the window can be told to do, with its keys: the one table to add an action to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from inspector.domain.capture.rows import MarkColor
from inspector.domain.event.sample import SAMPLES
from inspector.session.requests import SNIPPET_LABELS

_BARE = re.compile(r"(Shift\+)?[A-Z0-9]|Del")

Part = Literal["This capture", "Everything shown", "Application"]

_NEEDS: dict[str, str] = {
    "This capture": "no capture is selected",
    "Everything shown": "nothing is listed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An action before it is built. What it does is wired in the main window."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    """The first one is shown. Bare keys act only in the list, the detail and the summary."""
    icon: str | None = None
    part: Part = "Application"
    """What it acts on: its place in the palette and on the sheet of shortcuts."""
    hint: str = ""
    """What else is to be known of it, in a few words."""
    needs: str = ""
    """What is missing where it cannot be done; empty where its part tells that."""
    is_checkable: bool = False
    is_everywhere: bool = False
    """Its keys act in every window of the program, not only in the main one."""

    @property
    def has_bare_keys(self) -> bool:
        """Whether a key types or deletes text in a field: a letter or digit, alone or with Shift, or Del."""
        return any(_BARE.fullmatch(key) for key in self.keys)

    def why_not(self, has_capture: bool) -> str:
        """Why it cannot be done, where it cannot; `has_capture` says whether one is selected."""
        needs = "" if self.part == "This capture" and not has_capture else self.needs
        return needs or _NEEDS.get(self.part, "not now")


COMMANDS = (
    Command(name="next", text="Choose the next capture", keys=("J",), part="Everything shown"),
    Command(name="previous", text="Choose the previous capture", keys=("K",), part="Everything shown"),
    Command(name="follow", text="Follow new captures", keys=("F",), icon="arrow-up", part="Everything shown"),
    Command(name="filter", text="Filter", keys=("/", "Ctrl+F"), icon="search", part="Everything shown"),
    Command(name="find-survey", text="Find a survey, group or user", keys=("Ctrl+L",), icon="search"),
    Command(name="surveys", text="Show surveys", keys=("Ctrl+B",), icon="sidebar"),
    Command(
        name="summary",
        text="Show the captures or the summary",
        keys=("U",),
        hint="of the survey, group or respondent chosen",
        needs="no survey is chosen",
    ),
    *(
        Command(
            name=f"save-{form}",
            text=f"Save the summary as {form.upper()}…",
            icon="save",
            part="Everything shown",
            hint=hint,
            needs="no summary is shown",
        )
        for form, hint in (("png", "a picture"), ("svg", "a drawing"), ("csv", "the answers"))
    ),
    Command(
        name="include-others",
        text="Include what is not verified",
        part="Everything shown",
        hint="in the summary",
        needs="no summary leaves any out",
        is_checkable=True,
    ),
    Command(
        name="only-partial",
        text="Show only partial respondents",
        icon="half",
        part="Everything shown",
        hint="in the tree",
        is_checkable=True,
    ),
    Command(
        name="tab-1",
        text="Show the answers",
        keys=("1",),
        part="This capture",
    ),
    Command(
        name="tab-2",
        text="Show the body",
        keys=("2",),
        part="This capture",
    ),
    Command(
        name="tab-3",
        text="Show the headers",
        keys=("3",),
        part="This capture",
    ),
    Command(
        name="tab-4",
        text="Show the signature",
        keys=("4",),
        part="This capture",
    ),
    Command(
        name="tab-5",
        text="Show the attempts",
        keys=("5",),
        part="This capture",
    ),
    Command(
        name="tab-6",
        text="Show the note",
        keys=("6",),
        part="This capture",
    ),
    Command(
        name="replay",
        text="Replay…",
        keys=("R",),
        icon="replay",
        part="This capture",
        hint="exactly as it came, with a plan first",
    ),
    Command(
        name="edit-replay",
        text="Edit and replay…",
        keys=("E",),
        icon="edit",
        part="This capture",
        needs="this one cannot be sent",
    ),
    Command(
        name="compare",
        text="Compare",
        keys=("D",),
        part="This capture",
        hint="the two selected, or with the previous of its respondent",
    ),
    Command(
        name="show-respondent",
        text="Show the respondent",
        part="This capture",
        hint="all captures of the same respondent",
        needs="it belongs to no respondent",
    ),
    Command(name="compare-with", text="Compare with…", keys=("Shift+D",), part="This capture"),
    Command(
        name="replay-listed",
        text="Replay all that is listed…",
        keys=("Shift+R",),
        icon="replay",
        part="Everything shown",
    ),
    Command(
        name="resume",
        text="Resume a replay…",
        icon="play",
        hint="what is left of it, and nothing twice",
        needs="nothing to resume",
    ),
    Command(name="pause-replay", text="Pause the replay", icon="pause", needs="no replay is running"),
    Command(
        name="stop-replay",
        text="Stop the replay",
        icon="stop",
        hint="it can be resumed",
        needs="no replay is running",
    ),
    Command(
        name="pin",
        text="Pin",
        keys=("P",),
        icon="pin",
        part="This capture",
        hint="clearing and retention leave it; again to unpin",
    ),
    Command(name="note", text="Write a note", keys=("N",), icon="note", part="This capture"),
    *(
        Command(name=f"color-{color}", text=f"Colour: {color}", part="This capture")
        for color in (*get_args(MarkColor), "none")
    ),
    Command(name="find-body", text="Find in the body…", icon="search", part="This capture"),
    Command(
        name="copy-body",
        text="Copy the body",
        icon="copy",
        part="This capture",
        hint="exactly as it came",
        needs="its body is empty",
    ),
    *(
        Command(
            name=f"copy-as-{client}",
            text=f"Copy as {label}",
            icon="copy",
            part="This capture",
            hint="a command that sends this request",
            needs="this one cannot be sent",
        )
        for client, label in SNIPPET_LABELS.items()
    ),
    Command(name="copy-id", text="Copy the id", icon="copy", part="This capture"),
    Command(name="copy-value", text="Copy this value", icon="copy", part="This capture"),
    Command(name="filter-value", text="Filter by this value", icon="search", part="This capture"),
    Command(name="exclude-value", text="Leave out this value", part="This capture"),
    Command(
        name="export-selected",
        text="Export selected…",
        keys=("Ctrl+Shift+E",),
        icon="save",
        part="This capture",
        hint="not masked",
    ),
    Command(
        name="delete",
        text="Clear selected",
        keys=("Del",),
        icon="trash",
        part="This capture",
        hint="can be undone; what is pinned stays",
    ),
    Command(
        name="columns",
        text="Columns and order…",
        keys=("Ctrl+T",),
        icon="columns",
        part="Everything shown",
        hint="choose, add from the body, sort",
    ),
    Command(name="zoom-in", text="Zoom into the time strip", icon="plus", part="Everything shown"),
    Command(name="zoom-out", text="Zoom out of the time strip", icon="minus", part="Everything shown"),
    Command(
        name="sample",
        text="Send sample",
        icon="send",
        hint=f"{SAMPLES} signed events, to this listener",
        needs="it is not listening",
    ),
    Command(name="listen", text="Start listening", icon="play"),
    Command(name="stop-listening", text="Stop listening", icon="stop"),
    Command(name="copy-local", text="Copy the local address", icon="copy", needs="it is not listening"),
    Command(
        name="copy-public",
        text="Copy the public address",
        keys=("Ctrl+Shift+C",),
        icon="copy",
        needs="no public address is set",
    ),
    Command(name="connect", text="Connect Blitzllama…", hint="the three steps, and how far they are"),
    Command(name="set-address", text="Set the public address…", icon="globe"),
    Command(
        name="forget-address",
        text="Forget the public address",
        icon="close",
        needs="no public address is set",
    ),
    Command(name="forward-to", text="Forward to…", icon="send"),
    Command(name="add-secret", text="Add a secret…", icon="key"),
    Command(
        name="copy-secret",
        text="Copy the generated secret",
        icon="copy",
        hint="to paste it in the dashboard",
        needs="no generated secret waits for its first delivery",
    ),
    Command(name="import-secret", text="Import from .env…", icon="key"),
    Command(name="try-secret", text="Try a secret…", keys=("T",), icon="key"),
    Command(
        name="check-receiver",
        text="Check my receiver…",
        icon="tick",
        hint="sends it good and bad events, and says what it does wrong",
        needs="no secret is in use to sign with",
    ),
    Command(
        name="check-again",
        text="Check everything again",
        icon="replay",
        hint="every capture under the secrets of now",
    ),
    Command(name="diagnose-all", text="Diagnose all", icon="search"),
    Command(
        name="copy-verifier",
        text="Copy a verifier",
        icon="copy",
        part="This capture",
        hint="a receiver that checks signatures",
    ),
    Command(
        name="save-report",
        text="Save report…",
        icon="save",
        part="This capture",
        hint="masked, for support",
    ),
    Command(
        name="export",
        text="Export all that is listed…",
        keys=("Ctrl+E",),
        icon="save",
        part="Everything shown",
    ),
    Command(name="import", text="Import captures…"),
    Command(
        name="clear",
        text="Clear all that is listed",
        icon="trash",
        part="Everything shown",
    ),
    Command(
        name="undo",
        text="Undo clearing",
        keys=("Ctrl+Z",),
        icon="undo",
        part="Everything shown",
        needs="nothing to undo",
    ),
    Command(name="delete-for-good", text="Delete what was cleared for good…", part="Everything shown"),
    Command(name="palette", text="All commands", keys=("Ctrl+K",), icon="search"),
    Command(name="shortcuts", text="Shortcuts", keys=("?", "F1"), icon="keyboard"),
    Command(
        name="mask",
        text="Mask the screen",
        keys=("Ctrl+M",),
        icon="eye-off",
        hint="hides credentials and chosen fields while you share it",
        is_checkable=True,
    ),
    Command(name="settings", text="Settings…", keys=("Ctrl+,",), icon="settings"),
    Command(name="log", text="Show the log", icon="list", hint="what went wrong, with details"),
    Command(name="maintenance", text="Maintenance…"),
    Command(name="about", text="About Webhook Inspector", icon="info"),
    Command(name="quit", text="Quit", keys=("Ctrl+Q",), is_everywhere=True),
)

# The menu at the right of the connection bar; None is a line between parts.
MENU = (
    *("replay-listed", "resume", None),
    *("clear", "undo", "delete-for-good", None),
    *("export", "import", None),
    *("connect", "add-secret", "import-secret", "try-secret", "set-address", None),
    *("forward-to", "check-receiver", None),
    *("check-again", "diagnose-all", None),
    *("listen", "stop-listening", None),
    *("mask", "settings", "maintenance", None),
    *("palette", "shortcuts", "log", "about", None),
    "quit",
)
