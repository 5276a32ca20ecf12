"""How much of the file a capture takes, about: what the quota of those that are not trusted is about."""

from __future__ import annotations

from inspector.domain.capture.capture import Capture
from inspector.domain.event.event import groupable
from inspector.domain.signature.evaluation import Evaluation
from inspector.store.write.headers import dump_headers

BESIDE_BYTES = 6_144
"""For what stands beside a capture: indexes, its respondent, and above all its findings. What was ruled out
of a signature that nothing explains takes 4 KB, found out about afterwards."""

# Target and method stand in an index, too, and the ids in rows and indexes of a respondent, a group and a
# survey: captures that each have some of their own of 200 bytes take 7 KB. Whoever changes it has the
# figures of older files counted anew (migrations.py).
KEPT_SQL = (
    "size + length(headers) + length(items) + 2 * (length(method) + length(target))"
    " + 10 * length(coalesce(survey_id, '') || coalesce(group_id, '') || coalesce(user_id, ''))"
    f" + {BESIDE_BYTES}"
)
"""The same as `kept_bytes`, over `captures`."""


def kept_bytes(capture: Capture, judgement: Evaluation) -> int:
    """What it takes once it is stored: a byte of 0x80 or above is six characters in a header alone."""
    event = judgement.event
    ids = [groupable(one) or "" for one in (event.survey_id, event.group_id, event.user_id)]
    return (
        len(capture.body)
        + len(dump_headers(capture.headers))
        + len(judgement.items)
        + 2 * (len(capture.method) + len(capture.target))
        + 10 * sum(map(len, ids))
        + BESIDE_BYTES
    )
