"""The live line of `listen`: what arrives, what is forwarded, and where it listens."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.base.visible import visible
from inspector.cli.output.alignment import cut, display_width
from inspector.cli.output.streams import Painter, Style

RATE_S = 5.0
"""The rate is the mean of this time."""
_GAP = "  "


class Rate:
    """Captures per second."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def update(self, now: float, total: int) -> float:
        """Return the rate after `total` captures."""
        self._seen.append((now, total))
        while len(self._seen) > 2 and self._seen[1][0] <= now - RATE_S:
            self._seen.popleft()
        began, before = self._seen[0]
        return (total - before) / max(now - began, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStatus:
    """What the live line shows."""

    url: str
    rate: float = 0.0
    valid: int = 0
    invalid: int = 0
    others: int = 0
    """Unsigned, unchecked and refused ones."""
    has_forwards: bool = False
    delivered: int = 0
    pending: int = 0
    failed: int = 0
    left_out: Sequence[tuple[str, int]] = ()
    """Why captures are not forwarded, with the number per reason."""
    held: int | None = None
    """Rows that are held back while the output is paused, otherwise None."""
    query: str = ""
    verified: int | None = None
    """Per cent of a verification in progress, otherwise None."""
    public: str = ""
    """The health of the public address, such as `reachable, 42 ms`. Empty without one."""
    public_style: Style | None = None


@dataclass(slots=True)
class _Part:
    """A part of the line. Narrow terminals shorten the least important parts, then leave them out."""

    importance: int
    text: str
    short: str = ""
    style: Style | None = None


def status_line(status: LiveStatus, painter: Painter) -> str:
    """Return the line, in less than the width of the terminal: a full one would wrap."""
    room = max((painter.width or 80) - 1, 1)
    parts = [part for part in _parts(status) if part.text]
    by_importance = sorted(parts, key=lambda part: part.importance)
    long = {part.importance: part.text for part in parts}
    for part in by_importance:
        if _width(parts) > room and part.short:
            part.text = part.short
    for part in by_importance[:-1]:
        if _width(parts) > room:
            parts.remove(part)
    for part in reversed(by_importance):  # a part that was left out made room
        short, part.text = part.text, long[part.importance]
        if _width(parts) > room:
            part.text = short
    cells = [cut(part.text, room) for part in parts]
    return _GAP.join(
        painter.paint(cell, part.style) if part.style else cell
        for cell, part in zip(cells, parts, strict=True)
    )


def _width(parts: Sequence[_Part]) -> int:
    return sum(display_width(part.text) for part in parts) + len(_GAP) * (len(parts) - 1)


def _parts(status: LiveStatus) -> list[_Part]:
    rate = f"{status.rate:.1f}/s" if 0 < status.rate < 9.95 else f"{status.rate:,.0f}/s"
    held = "" if status.held is None else f"paused, {status.held:,} held back"
    others = f"{status.others:,} other" if status.others else ""
    bad = status.invalid > 0
    verified = "" if status.verified is None else f"re-verifying {status.verified} %"
    query = f"filter {visible(status.query)}" if status.query else ""
    return [
        _Part(95, held, f"paused {status.held or 0:,}", "rewritten"),
        _Part(80, rate, rate, "strong"),
        _Part(92, f"{status.valid:,} valid", f"✓{status.valid:,}", "valid"),
        _Part(93, f"{status.invalid:,} invalid", f"✗{status.invalid:,}", "invalid" if bad else None),
        _Part(40, others),
        *_forwarding(status),
        _Part(60, verified, verified and f"{status.verified} %"),
        _Part(
            70,
            status.public and f"public {status.public}",
            status.public.split(",")[0],
            status.public_style,
        ),
        _Part(50, cut(query, 30), cut(query, 16)),
        _Part(55, status.url, status.url.partition("://")[2].rstrip("/"), "faint"),
        _Part(30, "? keys", "", "faint"),
    ]


def _forwarding(status: LiveStatus) -> list[_Part]:
    if not status.has_forwards:
        return []
    counts = [
        (status.delivered, "sent", ""),
        (status.pending, "pending", "…"),
        (status.failed, "failed", "✗"),
    ]
    shown = [one for place, one in enumerate(counts) if one[0] or place == 0]
    left_out = sum(number for _, number in status.left_out)
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in status.left_out)
    return [
        _Part(
            85,
            "→ " + ", ".join(f"{number:,} {word}" for number, word, _ in shown),
            "→" + " ".join(f"{number:,}{sign}" for number, _, sign in shown),
            "invalid" if status.failed else None,
        ),
        _Part(
            35,
            f"{left_out:,} not forwarded ({reasons})" if left_out else "",
            f"{left_out:,} not forwarded" if left_out else "",
        ),
    ]
