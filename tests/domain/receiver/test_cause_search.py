"""The search for a receiver's fault, at simulated receivers."""

from __future__ import annotations

import pytest

from tests.domain.receiver.simulated import (
    DIGESTS,
    HEADER_NAMES,
    KEYS,
    MESSAGES,
    SimulatedReceiver,
    searched,
)

_BOTH = {"responses-python": {"body-part", "body-reserialised"}}
"""What has two faults by itself."""
SINGLE: dict[str, tuple[set[str], SimulatedReceiver]] = {
    **{f"key {name}": ({code}, SimulatedReceiver(key=key)) for name, (code, key) in KEYS.items()},
    **{
        f"body {name}": (_BOTH.get(name, {code}), SimulatedReceiver(message=message))
        for name, (code, message) in MESSAGES.items()
    },
    **{
        f"digest {name}": ({code}, SimulatedReceiver(digest=digest))
        for name, (code, digest) in DIGESTS.items()
    },
    **{f"header {name}": ({"header-name"}, SimulatedReceiver(header=name)) for name in HEADER_NAMES},
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_fault_is_found_and_proved(name: str) -> None:
    codes, receiver = SINGLE[name]
    found = searched(receiver)
    assert found.codes == codes
    assert all(cause.is_proved for cause in found.report.causes)
    assert len(found.probes) <= 120
