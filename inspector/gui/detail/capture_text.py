"""The texts of a capture: its title, its facts, and hints on anything unusual."""

from __future__ import annotations

from datetime import datetime, timedelta

from inspector.base.clock import local_time
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import SAMPLE_HEADER
from inspector.domain.capture.rows import CaptureDetail, CaptureRow
from inspector.domain.event.answers import AnswersPage
from inspector.domain.signature.finding import SENDER_CODES

MAX_ID = 120
_KINDS = {"sample": "Sample", "imported": "Imported", "cut": "Cut short"}


def title(row: CaptureRow, page: AnswersPage | None) -> str:
    """Return a title such as `Completion by user_123` or `Answer 3 by user_77`."""
    if row.kind == "refused":
        return "Refused request"
    if page is not None and page.kind == "not-json":
        return page.title
    user = row.user_id
    if user is None and page is not None and "user" in page.ids:
        user = page.ids["user"][0]
    by = f" by {shortened(visible(user), MAX_ID)}" if user else ""
    if row.event == "unknown":
        return f"Unknown event{by}"
    number = "" if row.question_order is None else f" {row.question_order}"
    what = "Completion" if row.event == "response_group" else f"Answer{number}"
    return f"{what}{by}" if by else f"{what}, anonymous"


def facts(detail: CaptureDetail, now_ms: int) -> str:
    """Return origin, time, size, platform, response and claimed address in one line."""
    row, capture = detail.row, detail.capture
    parts = [_KINDS[row.kind]] if row.kind in _KINDS else []
    if capture.is_from_browser:
        parts.append("From a browser")
    parts += [day_and_time(row.received_ms, now_ms), counted(row.size, "byte")]
    if row.platform:
        parts.append(f"from {shortened(visible(row.platform), 40)}")
    parts.append("no response" if row.answered is None else f"response {row.answered}")
    line = f"{shortened(visible(row.method), 20)} {shortened(visible_bytes(row.target), 60)}"
    if line != "POST /":
        parts.append(line)
    if capture.claimed:
        parts.append(f"claimed address {shortened(visible(capture.claimed), 45)}")
    return "  ·  ".join(parts)


def hints(detail: CaptureDetail, page: AnswersPage | None) -> tuple[str, ...]:
    """Return one sentence for each unusual property of the capture."""
    row, capture = detail.row, detail.capture
    sentences = []
    if row.kind == "sample":
        sentences.append("Sample sent by this program. Not counted in statistics.")
    elif row.kind == "imported":
        sentences.append("Imported from a file.")
    elif row.kind == "cut":
        whole = "" if row.declared is None else f" of {row.declared:,}"
        arrived = f"Cut short: {row.size:,}{whole} bytes arrived."
        sentences.append(f"{arrived} {_trouble(capture.trouble)}".rstrip())
    elif row.kind == "refused":
        sentences.append(f"Refused. {_trouble(capture.trouble)}".rstrip())
    if row.verdict.reason == "pending":
        sentences.append("Large or deep body. Evaluating…")
    if row.problem is not None:
        sentences.append(row.problem)
    if row.kind == "captured" and capture.values(SAMPLE_HEADER):
        sentences.append("Has this program’s sample header, but this file has not sent this sample.")
    if capture.is_from_browser:
        sentences.append(
            "Not trusted: sent by a browser. Webhook senders never set Origin or Sec-Fetch-Site."
        )
    if page is not None:
        for name, (_, length) in page.ids.items():
            if length > 200 or (length > 50 and getattr(row, f"{name}_id") is None):
                sentences.append(
                    f"The {name} id has {length:,} characters. Ids longer than 200 bytes are not grouped."
                )
    sentences += [visible(finding.summary) for finding in detail.findings if finding.code in SENDER_CODES]
    return tuple(sentences)


def day_and_time(ms: int, now_ms: int) -> str:
    """Return the local time with milliseconds, with Today or Yesterday as the day if possible."""
    moment = local_time(ms)
    today = local_time(now_ms).date()
    day = f"{moment:%d %b %Y}".lstrip("0")
    if moment.date() == today:
        day = "Today"
    elif moment.date() == today - timedelta(days=1):
        day = "Yesterday"
    return f"{day} {clock_time(moment)}"


def clock_time(moment: datetime) -> str:
    """Return a time such as `12:01:07.512`."""
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _trouble(trouble: str | None) -> str:
    return visible(trouble or "")
