"""The table of the window's commands, with their keys. To add an action, add an entry here."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Literal, get_args

from inspector.domain.capture.rows import MarkColor
from inspector.domain.event.sample import SAMPLES
from inspector.session.requests import SNIPPET_LABELS
from inspector.session.tunnels import TUNNEL_TITLES

_BARE = re.compile(r"(Shift\+)?[A-Z0-9]|Del")

Part = Literal["This capture", "Everything shown", "Application"]

CAPTURE: Part = "This capture"
SHOWN: Part = "Everything shown"
_NEEDS: dict[str, str] = {CAPTURE: "no capture selected", SHOWN: "no captures listed"}
_NO_INBOX = "no shared inbox is connected"


@dataclass(frozen=True, slots=True)
class Command:
    """The declaration of an action. The commands of a feature connect it."""

    name: str
    text: str
    _: KW_ONLY
    keys: tuple[str, ...] = ()
    """The keys; the first is shown. Bare keys work only in the list, the detail and the summary."""
    icon: str | None = None
    part: Part = "Application"
    """Its part of the program: its place in the palette and on the sheet of shortcuts."""
    hint: str = ""
    """A few more words about it."""
    needs: str = ""
    """What is missing while it is disabled; empty if the text of its part is enough."""
    is_checkable: bool = False
    is_once: bool = False
    """Holding its key runs it only once."""
    is_everywhere: bool = False
    """Its keys work in every window of the program, not only in the main window."""

    @property
    def has_own_keys(self) -> bool:
        """Whether the focused widget handles its key, because Esc first closes what is open inside it."""
        return self.keys == ("Esc",)

    @property
    def has_bare_keys(self) -> bool:
        """Whether one of its keys edits text in a field: a letter or digit, with or without Shift, or Del."""
        return any(_BARE.fullmatch(key) for key in self.keys)

    def why_not(self, has_capture: bool) -> str:
        """Return why it is disabled; `has_capture`: whether a capture is selected."""
        needs = "" if self.part == CAPTURE and not has_capture else self.needs
        return needs or _NEEDS.get(self.part, "not now")


COMMANDS = (
    Command("next", "Select the next capture", keys=("J",), part=SHOWN),
    Command("previous", "Select the previous capture", keys=("K",), part=SHOWN),
    Command("back", "Back", keys=("Alt+Left",), icon="arrow-left", part=SHOWN, needs="nothing to go back to"),
    Command(
        "forward",
        "Forward",
        keys=("Alt+Right",),
        icon="arrow-right",
        part=SHOWN,
        needs="nothing to go forward to",
    ),
    Command(
        "close-capture",
        "Close the detail",
        keys=("Esc",),
        icon="close",
        part=CAPTURE,
        hint="and clear the selection",
    ),
    Command("follow", "Follow new captures", keys=("F",), icon="arrow-up", part=SHOWN),
    Command(
        "threads",
        "Fold respondents into threads",
        keys=("T",),
        icon="threads",
        part=SHOWN,
        hint="one row for all captures of a respondent",
        is_checkable=True,
    ),
    Command("filter", "Filter captures", keys=("/", "Ctrl+F"), icon="search", part=SHOWN),
    Command(
        "save-filter",
        "Save this filter…",
        keys=("Ctrl+S",),
        icon="plus",
        part=SHOWN,
        hint="as an entry of the tree, with an alert if you like",
        needs="no filter",
    ),
    Command(
        "restore-filter",
        "Restore the removed filter",
        keys=("Ctrl+Shift+Z",),
        icon="undo",
        part=SHOWN,
        needs="no filter was removed",
    ),
    Command("find-survey", "Find a survey, group or respondent", keys=("Ctrl+L",), icon="search"),
    Command("surveys", "Show surveys", keys=("Ctrl+B",), icon="sidebar"),
    Command(
        "summary",
        "Switch between captures and summary",
        keys=("U",),
        hint="of the selected survey, group or respondent",
        needs="no survey selected",
    ),
    *(
        Command(
            f"save-{form}",
            f"Save the summary as {form.upper()}…",
            icon="save",
            part=SHOWN,
            hint=hint,
            needs="no summary shown",
        )
        for form, hint in (("png", "a picture"), ("svg", "a drawing"), ("csv", "the answers"))
    ),
    Command(
        "include-others",
        "Include untrusted captures",
        part=SHOWN,
        hint="in the summary",
        needs="the summary includes all captures",
        is_checkable=True,
    ),
    Command(
        "only-partial",
        "Show only partial respondents",
        icon="half",
        part=SHOWN,
        hint="in the tree",
        is_checkable=True,
    ),
    *(
        Command(f"tab-{number}", f"Show the {tab}", keys=(str(number),), part=CAPTURE)
        for number, tab in enumerate(("answers", "body", "headers", "signature", "attempts", "note"), start=1)
    ),
    Command(
        "replay",
        "Replay",
        keys=("R",),
        icon="replay",
        part=SHOWN,
        hint="the selection, or else the newest, to the last target",
        is_once=True,
    ),
    Command(
        "replay-plan",
        "Replay with a plan…",
        keys=("Shift+R",),
        icon="replay",
        part=SHOWN,
        hint="order, pace, faults and signing, after a preview",
    ),
    Command("response", "Show or hide the response", keys=("Alt+R",), part=CAPTURE),
    Command(
        "edit-replay",
        "Edit and replay…",
        keys=("E",),
        icon="edit",
        part=CAPTURE,
        needs="this capture cannot be sent",
    ),
    Command(
        "compare",
        "Compare",
        keys=("D",),
        part=CAPTURE,
        hint="the two selected, or with the respondent’s previous capture",
    ),
    Command(
        "show-respondent",
        "Show the respondent",
        part=CAPTURE,
        hint="all captures of the same respondent",
        needs="this capture has no respondent",
    ),
    Command("compare-with", "Compare with…", keys=("Shift+D",), part=CAPTURE),
    Command("replay-listed", "Replay all listed captures…", icon="replay", part=SHOWN),
    Command(
        "resume",
        "Resume a replay…",
        icon="play",
        hint="sends only what has not been sent yet",
        needs="nothing to resume",
    ),
    Command(
        "cancel-plan",
        "Cancel a stopped replay…",
        icon="close",
        hint="its remaining deliveries are never sent",
        needs="no replay is stopped",
    ),
    Command("pause-replay", "Pause the replay", icon="pause", needs="no replay is running"),
    Command(
        "stop-replay",
        "Stop the replay",
        icon="stop",
        hint="can be resumed later",
        needs="no replay is running",
    ),
    Command(
        "pin",
        "Pin",
        keys=("P",),
        icon="pin",
        part=CAPTURE,
        hint="protects from clearing and retention; again to unpin",
    ),
    Command("open-window", "Open in its own window", keys=("O",), icon="external", part=CAPTURE),
    Command("note", "Write a note", keys=("N",), icon="note", part=CAPTURE),
    *(
        Command(f"color-{color}", f"Colour: {color}", part=CAPTURE)
        for color in (*get_args(MarkColor), "none")
    ),
    Command("find-body", "Find in the body…", icon="search", part=CAPTURE),
    Command(
        "copy-body",
        "Copy the body",
        icon="copy",
        part=CAPTURE,
        hint="the exact bytes",
        needs="the body is empty",
    ),
    *(
        Command(
            f"copy-as-{client}",
            f"Copy as {label}",
            icon="copy",
            part=CAPTURE,
            hint="a command that sends this request",
            needs="this capture cannot be sent",
        )
        for client, label in SNIPPET_LABELS.items()
    ),
    Command("copy-id", "Copy the id", icon="copy", part=CAPTURE),
    Command("copy-value", "Copy this value", icon="copy", part=CAPTURE),
    Command("filter-value", "Filter by this value", icon="search", part=CAPTURE),
    Command("exclude-value", "Exclude this value", part=CAPTURE),
    Command(
        "export-selected",
        "Export selected captures…",
        keys=("Ctrl+Shift+E",),
        icon="save",
        part=CAPTURE,
        hint="not masked",
    ),
    Command(
        "delete",
        "Clear selected captures",
        keys=("Del",),
        icon="trash",
        part=CAPTURE,
        hint="can be undone; pinned captures stay",
    ),
    Command(
        "columns",
        "Columns and order…",
        keys=("Ctrl+T",),
        icon="columns",
        part=SHOWN,
        hint="show, hide, sort, add from the body",
    ),
    Command("zoom-in", "Zoom in on the timeline", icon="plus", part=SHOWN),
    Command("zoom-out", "Zoom out of the timeline", icon="minus", part=SHOWN),
    Command(
        "sample",
        "Send sample",
        icon="send",
        hint=f"{SAMPLES} signed events to this listener",
        needs="not listening",
    ),
    Command("sample-many", "Send many samples…", icon="send", needs="samples are being sent"),
    Command("listen", "Start listening", icon="play"),
    Command("stop-listening", "Stop listening", icon="stop"),
    Command("copy-local", "Copy the local address", icon="copy", needs="not listening"),
    Command(
        "copy-public",
        "Copy the public address",
        keys=("Ctrl+Shift+C",),
        icon="copy",
        needs="no public address set",
    ),
    Command("connect", "Connect Blitzllama…", hint="three steps and their status"),
    Command("set-address", "Paste a public address…", icon="globe", hint="of your own tunnel; it is tested"),
    Command("forget-address", "Forget the public address", icon="close", needs="no pasted address"),
    *(
        Command(f"tunnel-{name}", f"Start a tunnel: {title}", icon="globe", needs="not installed")
        for name, title in TUNNEL_TITLES.items()
    ),
    Command("stop-tunnel", "Stop the tunnel", icon="stop", needs="no tunnel is running"),
    Command("retry-tunnel", "Start the tunnel again", icon="replay", needs="no tunnel waits or has stopped"),
    Command("test-address", "Test the public address", icon="tick", needs="no address that is tested"),
    Command("confirm-address", "I have updated the dashboard", icon="tick", needs="no new public address"),
    Command("new-path", "New path for the public address", icon="key", needs="no tunnel is running"),
    Command("show-qr", "Show the QR code of the public address", needs="no public address set"),
    Command("tunnel-headers", "Show the headers that the tunnel adds", icon="list", needs="none are known"),
    Command("strays", "Show stray requests", icon="list", hint="to other paths than the public address"),
    Command("tunnel-log", "Show the tunnel log", icon="list", needs="no tunnel was started"),
    Command("connect-inbox", "Connect to a shared inbox…", icon="team", hint="get what your team receives"),
    Command("disconnect-inbox", "Disconnect from the shared inbox", icon="stop", needs=_NO_INBOX),
    Command(
        "inbox-gaps",
        "Show the gaps of the shared inbox",
        icon="list",
        hint="messages that were removed before they arrived here",
        needs="no gaps were noticed",
    ),
    Command("copy-inbox", "Copy the address of the shared inbox", icon="copy", needs=_NO_INBOX),
    Command("forward-to", "Forward to…", icon="send"),
    Command(
        "responses",
        "Responses…",
        keys=("Ctrl+R",),
        icon="list",
        hint="what senders get: errors, delays, the first n, a relay",
    ),
    Command(
        "learn-retries",
        "Learn the sender’s retries…",
        icon="clock",
        hint="the next delivery gets 503; see what comes again, and when",
    ),
    Command("add-secret", "Add a secret…", icon="key"),
    Command(
        "copy-secret",
        "Copy the generated secret",
        icon="copy",
        hint="to paste into the dashboard",
        needs="no generated secret is waiting for its first delivery",
    ),
    Command("import-secret", "Import from .env…", icon="key"),
    Command("try-secret", "Try a secret…", keys=("Shift+T",), icon="key"),
    Command(
        "check-receiver",
        "Check my receiver…",
        icon="tick",
        hint="sends good and bad events and reports the receiver’s mistakes",
        needs="no active secret",
    ),
    Command(
        "re-verify", "Re-verify all captures", icon="replay", hint="every capture, with the current secrets"
    ),
    Command("diagnose-all", "Diagnose all", icon="search"),
    Command(
        "apply-cure",
        "Fix the cause of the invalid signature",
        icon="key",
        part=CAPTURE,
        hint="corrects the secret and re-verifies all captures",
        needs="no cause on the Signature tab that can be fixed here",
    ),
    Command(
        "show-same-cause",
        "Show all captures with the same cause",
        icon="funnel",
        part=CAPTURE,
        needs="no cause on the Signature tab that other captures share",
    ),
    Command(
        "copy-sender-message",
        "Copy a message for the sender",
        icon="copy",
        part=CAPTURE,
        hint="the cause, its fix, and the deliveries to send again",
        needs="no cause on the Signature tab that concerns the sender",
    ),
    Command(
        "undo-secret",
        "Undo the last change of a secret",
        icon="undo",
        hint="restores the previous verdicts, too",
        needs="no change of a secret to undo",
    ),
    Command(
        "copy-verifier",
        "Copy a correct verifier",
        icon="copy",
        part=CAPTURE,
        hint="code for a receiver that checks signatures",
    ),
    Command("save-report", "Save report…", icon="save", part=CAPTURE, hint="masked, for support"),
    Command("export", "Export all listed captures…", keys=("Ctrl+E",), icon="save", part=SHOWN),
    Command("import", "Add captures…", icon="file", hint="an export, a request, curl commands, a body"),
    Command("paste", "Paste captures", keys=("Ctrl+V",), hint="previews the captures first"),
    Command("clear", "Clear all listed captures", icon="trash", part=SHOWN),
    Command(
        "undo",
        "Undo",
        keys=("Ctrl+Z",),
        icon="undo",
        part=SHOWN,
        hint="restores cleared captures, removes added ones",
        needs="nothing to undo",
    ),
    Command("delete-permanently", "Delete cleared captures permanently…", part=SHOWN),
    Command("palette", "All commands", keys=("Ctrl+K",), icon="search"),
    Command("handbook", "Help", keys=("F1",), icon="info", hint="the handbook, with a search"),
    Command("shortcuts", "Shortcuts", keys=("?",), icon="keyboard"),
    Command(
        "mask",
        "Mask the screen",
        keys=("Ctrl+M",),
        icon="eye-off",
        hint="hides secrets and people while you share the screen",
        is_checkable=True,
    ),
    Command("settings", "Settings…", keys=("Ctrl+,",), icon="settings"),
    Command(
        "larger-text",
        "Larger text",
        keys=("Ctrl++", "Ctrl+="),
        icon="plus",
        hint="in the whole window",
        is_everywhere=True,
    ),
    Command("smaller-text", "Smaller text", keys=("Ctrl+-",), icon="minus", is_everywhere=True),
    Command("reset-text", "Reset text size", keys=("Ctrl+0",), is_everywhere=True),
    Command("log", "Show the log", icon="list", hint="errors and their details"),
    Command("maintenance", "Maintenance…"),
    Command("about", "About Webhook Inspector"),
    Command("quit", "Quit", keys=("Ctrl+Q",), is_everywhere=True),
)

# The menu at the right of the connection bar; None is a separator.
MENU = (
    *("back", "forward", None),
    *("sample", "sample-many", "replay-listed", "resume", "cancel-plan", None),
    *("clear", "undo", "delete-permanently", None),
    *("export", "import", "paste", None),
    *("connect", "add-secret", "import-secret", "try-secret", "set-address", "connect-inbox", None),
    *("responses", "learn-retries", "forward-to", "check-receiver", None),
    *("re-verify", "diagnose-all", None),
    *("listen", "stop-listening", None),
    *("mask", "settings", "maintenance", None),
    *("handbook", "palette", "shortcuts", "log", "about", None),
    "quit",
)
