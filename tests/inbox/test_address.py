"""Addresses of shared inboxes as users type them."""

from __future__ import annotations

import pytest

from inspector.base.errors import UsageError
from inspector.inbox.address import InboxAddress


@pytest.mark.parametrize(
    ("text", "servers", "stream", "is_tls"),
    [
        ("nats://127.0.0.1:4222/HOOKS", ("127.0.0.1:4222",), "HOOKS", False),
        ("nats://hooks.example.com/team-1", ("hooks.example.com:4222",), "team-1", False),
        ("tls://[::1]:14222/HOOKS", ("[::1]:14222",), "HOOKS", True),
        (" NATS://a:1,b:2,c/S ", ("a:1", "b:2", "c:4222"), "S", False),
    ],
)
def test_an_address_names_its_servers_and_its_stream(
    text: str, servers: tuple[str, ...], stream: str, is_tls: bool
) -> None:
    address = InboxAddress.parse(text)
    assert (address.servers, address.stream, address.is_tls) == (servers, stream, is_tls)
    assert InboxAddress.parse(address.text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "HOOKS", "http://127.0.0.1:4222/HOOKS", "nats://127.0.0.1:4222", "nats://127.0.0.1:4222/",
        "nats:///HOOKS", "nats://a b/HOOKS", "nats://a:99999/HOOKS", "nats://a/HOOKS/more", "nats://a/H.>",
        "nats://a,,b/S", "nats://a/S?x=1",
    ],
)  # fmt: skip
def test_another_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="nats://127"):
        InboxAddress.parse(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as refused:
        InboxAddress.parse("nats://me:hunter2@host/HOOKS")
    assert "hunter2" not in str(refused.value)
    assert "--inbox-creds" in str(refused.value)
