"""The search for a receiver's fault, at simulated receivers."""

from __future__ import annotations

import pytest

from tests.domain.receiver.simulated import KEYS, SimulatedReceiver, searched


@pytest.mark.parametrize("name", KEYS)
def test_a_wrong_key_is_found(name: str) -> None:
    code, key = KEYS[name]
    found = searched(SimulatedReceiver(key=key))
    assert found.codes == {code}
    assert len(found.probes) <= 120
