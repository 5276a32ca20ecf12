"""What a capture takes of the file is the same before it is stored and after."""

from __future__ import annotations

from inspector.domain.capture.capture import Capture
from inspector.domain.signature.evaluation import PENDING, evaluate
from inspector.store.group import follower
from inspector.store.store import Store
from inspector.store.write.columns import estimated_bytes, new_capture
from tests.builders import a_capture, a_completion, a_secret, an_answer
from tests.store.conftest import followed

UNTRUSTED = (
    a_capture(signed=False),
    a_capture(b"", signed=False, method="DELETE", target=b"/\xff?" + b"t" * 500),
    a_capture(
        an_answer(survey="\u00e9" * 90, user="u" * 300), headers=((b"\xff", b'"\x80\\'),), signed=False
    ),
    a_capture(a_completion(*range(50), user=None), signed=False),
    a_capture(b"half", kind="cut"),
)


async def test_what_is_taken_of_the_quota_is_what_the_file_then_says(store: Store) -> None:
    async def put(capture: Capture) -> int:
        judgement = evaluate(capture, [a_secret()], is_secret_on_file=False)
        await store.append(new_capture(capture, judgement))
        return 0 if judgement.is_trusted else estimated_bytes(capture, judgement)

    taken = sum([await put(capture) for capture in (a_capture(), *UNTRUSTED)])
    pending = a_capture(a_completion())
    await store.append(new_capture(pending, PENDING))
    taken += estimated_bytes(pending, PENDING)
    assert taken > sum(len(capture.body) for capture in UNTRUSTED)
    assert store.read(follower.untrusted_bytes) == taken
    store.become_listener("a test")
    await followed(store)
    assert store.read(follower.untrusted_bytes) == taken
