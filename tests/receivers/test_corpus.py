"""Each receiver of the corpus is wrong in the way that its entry says, and in no other."""

from __future__ import annotations

import http.client
import json
from pathlib import Path

import pytest

from inspector.domain.receiver.events import Maker
from tests.receivers.corpus import CORPUS, SECRET, SIGNATURE, CorpusReceiver
from tests.receivers.servers import IN_PARTS, SERVERS, kept_folder, started
from tests.verifiers.launch import Missing, Receiver

pytestmark = pytest.mark.usefixtures("busy_machine")

MAKER = Maker(key=SECRET.encode(), run="corpus")
EVENTS = {
    "completion": MAKER.completion("good", ["image upload", "crash"]),
    "answer": MAKER.answer("good"),
}


def post(receiver: Receiver, route: str, body: bytes, header: str = "", value: str = "") -> int:
    """The status for one event."""
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=15)
    try:
        headers = {"Content-Type": "application/json", **({header: value} if header else {})}
        connection.request("POST", route, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def other_digit(value: str) -> str:
    """The same form with a wrong digest: its first digit is another one."""
    place = next(place for place in range(len(value) - 4, 0, -1) if value[place].isalnum())
    return value[:place] + ("1" if value[place] != "1" else "2") + value[place + 1 :]


def _refusal(one: CorpusReceiver) -> int:
    """The status for a wrong signature."""
    return 401 if one.status == 200 else one.status


def statuses(receiver: Receiver, one: CorpusReceiver, body: bytes) -> dict[str, int]:
    """What it answers to the documented signature, the class of its answer to its own, and what it answers
    to its own with another digit."""
    header, value = SIGNATURE, MAKER.signed(body).signature or b""
    found = {"documented": post(receiver, one.route, body, header, value.decode())}
    if one.accepts is not None:
        header, own = one.accepts(body)
        found |= {
            "own": post(receiver, one.route, body, header, own) // 100,
            "wrong": post(receiver, one.route, body, header, other_digit(own)),
        }
    return found


@pytest.mark.parametrize("server", IN_PARTS)
def test_each_is_wrong_as_its_entry_says(server: str, tmp_path: Path, kept: Path) -> None:
    entries = [one for one in CORPUS if server in one.servers]
    try:
        with started(server, tmp_path, kept_folder(kept, server)) as receiver:
            found = {one.route: statuses(receiver, one, EVENTS[one.proved_by]) for one in entries}
    except Missing as missing:
        pytest.skip(f"the receivers for {SERVERS[server].label} were not run: {missing}")
    expected = {
        one.route: {"documented": one.status, **({"own": 2, "wrong": _refusal(one)} if one.accepts else {})}
        for one in entries
    }
    assert found == expected, receiver.said()


def test_the_corpus_is_large_enough() -> None:
    faulty = [one for one in CORPUS if one.kind == "faulty"]
    assert len([one for one in faulty if not one.has_two_faults]) >= 40
    assert len([one for one in faulty if one.has_two_faults]) >= 10
    assert {server for one in CORPUS if one.kind == "correct" for server in one.servers} == set(SERVERS)
    routes = [(server, one.route) for one in CORPUS for server in one.servers]
    assert len(set(routes)) == len(routes)


def test_events_of_the_corpus_are_json() -> None:
    assert all(isinstance(json.loads(body), dict) for body in EVENTS.values())
