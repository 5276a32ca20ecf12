"""Forwards for one run: captures without delivery wait for the next run with the same forward."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from inspector.base.errors import InspectorError
from inspector.domain.replay import forward_rule
from inspector.store.store import Store
from inspector.store.write import forwards as stored
from inspector.store.write.forwards import Forward

log = logging.getLogger(__name__)


async def begin_run(
    store: Store, forward: Forward, earlier: Forward | None, *, catches_up: bool
) -> tuple[Forward, int]:
    """Store a forward of this run. Return it with the number of captures that an earlier run did not deliver.

    `earlier` is the same forward of an earlier run. Without `catches_up`, nothing of it is delivered.
    """
    if earlier is not None and catches_up:
        resumed = replace(earlier, relays=forward.relays)
        return await store.write(partial(stored.begin_run, forward=resumed))
    if earlier is not None:
        await store.write(partial(stored.remove, forward_id=earlier.id))
    return await store.write(partial(stored.add, forward=forward)), 0


async def end_run(store: Store, forward_id: int) -> None:
    """Remove a forward of an ended run, or keep it for the next one if its target did not get everything."""
    try:
        forward = await store.fetch(partial(stored.read, forward_id=forward_id))
        if forward.is_active or forward.resumes_ms:
            take = partial(stored.take_all, forward_id=forward_id, rule=forward_rule.rule(forward.filter))
            while await store.write(take):
                pass
        await store.write(partial(stored.end_run, forward_id=forward_id))
    except InspectorError as error:  # the file is busy, or has a rule of another version
        log.info("cannot remove the forward of an ended run: %s", error)
