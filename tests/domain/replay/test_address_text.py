from __future__ import annotations

import pytest

from inspector.domain.replay.address_text import typed_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("3000", "http://localhost:3000"),
        ("3000/hook?x=1", "http://localhost:3000/hook?x=1"),
        (" localhost:3000 ", "http://localhost:3000"),
        ("localhost", "http://localhost"),
        ("localhost/hook", "http://localhost/hook"),
        ("127.0.0.1:3000/hook", "http://127.0.0.1:3000/hook"),
        ("[::1]:3000", "http://[::1]:3000"),
        ("[::1]", "http://[::1]"),
        ("staging.example", "http://staging.example"),
        ("receiver:8080", "http://receiver:8080"),
        ("receiver/hook", "http://receiver/hook"),
        ("bücher.example/x", "http://bücher.example/x"),
        ("me:hunter2@localhost:3000", "http://me:hunter2@localhost:3000"),
        ("https://h/x", "https://h/x"),
        ("ftp://h/", "ftp://h/"),
        ("staging", "staging"),
        ("my staging server", "my staging server"),
        ("a b.example", "a b.example"),
        ("mailto:me", "mailto:me"),
        ("/hook", "/hook"),
        ("http:/h/", "http:/h/"),
        ("C:\\x", "C:\\x"),
        ("", ""),
    ],
)
def test_an_address_without_a_scheme_becomes_a_url_and_nothing_else_does(text: str, url: str) -> None:
    assert typed_url(text) == url


def test_the_default_scheme_is_the_caller_s() -> None:
    assert typed_url("abc.ngrok.app/in", "https") == "https://abc.ngrok.app/in"
