"""The texts of a capture: its title, its facts, and hints on anything unusual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from inspector.base.clock import local_time
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible, visible_bytes
from inspector.domain.capture.capture import SAMPLE_HEADER, Capture
from inspector.domain.capture.rows import MAX_NAME, CaptureDetail, CaptureRow
from inspector.domain.event.answers import AnswersPage
from inspector.domain.query.completion import quoted
from inspector.domain.response.decision import response_text
from inspector.domain.signature.finding import SENDER_CODES
from inspector.gui.kit.labels import isolated

MAX_ID = 120
_MAX_RULE = 300
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
    by = f" by {isolated(shortened(visible(user), MAX_ID))}" if user else ""
    if row.event == "unknown":
        return f"Unknown event{by}"
    number = "" if row.question_order is None else f" {row.question_order}"
    what = "Completion" if row.event == "response_group" else f"Answer{number}"
    return f"{what}{by}" if by else f"{what}, anonymous"


def facts(detail: CaptureDetail, now_ms: int) -> str:
    """Return origin, time, size, platform, response and claimed address in one line, which may be cut off.

    A response that a rule decided comes first after the time.
    """
    row, capture = detail.row, detail.capture
    parts = [_KINDS[row.kind]] if row.kind in _KINDS else []
    if capture.is_from_browser:
        parts.append("From a browser")
    parts.append(day_and_time(row.received_ms, now_ms))
    response = response_text(row.answered, capture.answered_by, is_from_edge=detail.inbox is not None)
    if capture.answered_by:
        parts.append(f"{response} ({_deciding(capture)})")
    parts.append(counted(row.size, "byte"))
    if detail.inbox is not None:
        parts.append(f"edge {shortened(visible(detail.inbox.edge), MAX_NAME)}")
    if row.platform:
        parts.append(shortened(visible(row.platform), 40))
    if not capture.answered_by:
        parts.append(response)
    line = f"{shortened(visible(row.method), 20)} {shortened(visible_bytes(row.target), 60)}"
    if line != "POST /":
        parts.append(line)
    if capture.claimed:
        parts.append(f"claimed address {shortened(visible(capture.claimed), 45)}")
    return "  ·  ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A sentence on something unusual about a capture, with a link to where the user sees more of it."""

    text: str
    link: str = ""
    """The words of the link; empty if there is nothing more to see."""
    view: str = ""
    """The label of the tab that the link opens."""
    code: str = ""
    """The finding that the link explains in the handbook."""
    query: str = ""
    """The filter that the link applies."""


def hints(detail: CaptureDetail, page: AnswersPage | None) -> tuple[Hint, ...]:
    """Return one hint for each unusual property of the capture."""
    return tuple(_hints(detail, page))


def _hints(detail: CaptureDetail, page: AnswersPage | None) -> Iterator[Hint]:
    row, capture = detail.row, detail.capture
    if row.kind == "sample":
        text = "Sample sent by this program. Not counted in statistics."
        yield Hint(text=text, link="Show all samples", query="is:sample")
    elif row.kind == "imported":
        yield Hint(text="Imported from a file.", link="Show all imported captures", query="is:imported")
    elif row.kind == "cut":
        whole = "" if row.declared is None else f" of {row.declared:,}"
        arrived = f"Cut short: {row.size:,}{whole} bytes arrived."
        yield _in_body(f"{arrived} {_trouble(capture.trouble)}".rstrip())
    elif row.kind == "refused":
        yield _in_body(f"Refused. {_trouble(capture.trouble)}".rstrip())
    if detail.inbox is not None:
        query = f"edge:{quoted(detail.inbox.edge)}"
        yield Hint(text=detail.inbox.text, link="Show all captures of this edge", query=query)
    if capture.answered_by:
        decided = shortened(visible(capture.answered_by), _MAX_RULE).rstrip(".")
        yield Hint(text=f"The response was decided by {decided}.")
    if row.verdict.reason == "pending":
        yield Hint(text="Large or deep body. Evaluating…")
    if row.problem is not None:
        yield _in_body(row.problem)
    if row.kind == "captured" and capture.values(SAMPLE_HEADER):
        yield _in_headers("Has this program’s sample header, but this file has not sent this sample.")
    if capture.is_from_browser:
        yield _in_headers(
            "Not trusted: sent by a browser. Webhook senders never set Origin or Sec-Fetch-Site."
        )
    if page is not None:
        for name, (_, length) in page.ids.items():
            if length > 200 or (length > 50 and getattr(row, f"{name}_id") is None):
                yield _in_body(
                    f"The {name} id has {length:,} characters. Ids longer than 200 bytes are not grouped."
                )
    for finding in detail.findings:
        if finding.code in SENDER_CODES:
            yield Hint(text=visible(finding.summary), link=f"What is {finding.code}?", code=finding.code)


def _deciding(capture: Capture) -> str:
    """Return what decided the response, in a few words: `rule 1`."""
    return shortened(visible((capture.answered_by or "").partition(":")[0]), 40)


def _in_body(text: str) -> Hint:
    return Hint(text=text, link="Show the body", view="Body")


def _in_headers(text: str) -> Hint:
    return Hint(text=text, link="Show the headers", view="Headers")


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
