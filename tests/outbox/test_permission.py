"""Which targets are this listener, by whatever name."""

from __future__ import annotations

import socket

import pytest

from inspector.client.target import Target
from inspector.outbox.permission import loop_through


async def loops(url: str, listening: str | None = None, public: str | None = None) -> bool:
    return await loop_through(Target.parse(url), listening=listening, public=public) is not None


@pytest.mark.parametrize(
    ("url", "listening", "is_loop"),
    [
        ("http://127.0.0.1:8787/x", "http://127.0.0.1:8787/", True),
        ("https://127.0.0.1:8787/x", "http://127.0.0.1:8787/", True),
        ("http://localhost:8787/", "http://127.0.0.1:8787/", True),
        ("http://0.0.0.0:8787/", "http://127.0.0.1:8787/", True),
        ("http://[::ffff:127.0.0.1]:8787/", "http://127.0.0.1:8787/", True),
        ("http://127.0.0.1:8788/", "http://127.0.0.1:8787/", False),
        ("http://127.0.0.2:8787/", "http://127.0.0.1:8787/", False),
        ("http://127.0.0.2:8787/", "http://0.0.0.0:8787/", True),
        ("http://[::1]:8787/", "http://[::1]:8787/", True),
        ("http://192.0.2.1:8787/", "http://0.0.0.0:8787/", False),
        ("http://no-such-host.invalid:8787/", "http://127.0.0.1:8787/", False),
        ("http://127.0.0.1/", "http://127.0.0.1:80/", True),
        ("http://127.0.0.1:8787/", None, False),
    ],
)
async def test_the_same_socket_address_is_a_loop(url: str, listening: str | None, is_loop: bool) -> None:
    assert await loops(url, listening) is is_loop


async def test_every_address_of_this_machine_is_where_a_listener_on_all_of_them_is() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells the address it would come from
        except OSError:
            pytest.skip("this machine has no address but its own")
        own = probe.getsockname()[0]
    assert await loops(f"http://{own}:8787/", "http://0.0.0.0:8787/")
    assert not await loops(f"http://{own}:8787/", "http://127.0.0.1:8787/")


@pytest.mark.parametrize(
    ("public", "is_loop"),
    [
        ("https://Quiet.Example.com/in/8f3c", True),
        ("https://quiet.example.com.:444", True),
        ("https://quiet.example.com?token=x", True),
        ("https://other.example.com/", False),
        ("https://[broken", False),
        (None, False),
    ],
)
async def test_the_public_host_is_a_loop_at_any_port_and_path(public: str | None, is_loop: bool) -> None:
    assert await loops("http://quiet.example.com:3000/hook", None, public) is is_loop
