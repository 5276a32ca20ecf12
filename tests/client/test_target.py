import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.base.errors import UsageError
from inspector.client.target import Target


@pytest.mark.parametrize(
    ("url", "netloc", "port", "path"),
    [
        ("http://127.0.0.1:3000", "127.0.0.1:3000", 3000, None),
        ("http://127.0.0.1:3000/", "127.0.0.1:3000", 3000, None),
        ("HTTP://LocalHost:80/", "localhost", 80, None),
        ("http://localhost:443/", "localhost:443", 443, None),
        ("https://hooks.example/in?a=%20&b=c", "hooks.example", 443, "/in?a=%20&b=c"),
        ("https://hooks.example:443/in", "hooks.example", 443, "/in"),
        ("https://hooks.example:/in", "hooks.example", 443, "/in"),
        ("http://[::1]:3000/x", "[::1]:3000", 3000, "/x"),
        ("http://[0:0::1]/", "[::1]", 80, None),
        ("http://[::ffff:127.0.0.1]/", "[::ffff:7f00:1]", 80, None),
        ("http://bücher.example/", "xn--bcher-kva.example", 80, None),
        ("http://h/a/../b//c%2Fd;e=f", "h", 80, "/a/../b//c%2Fd;e=f"),
        ("http://h/größe?ü", "h", 80, "/gr%C3%B6%C3%9Fe?%C3%BC"),
        ("  http://h/x  ", "h", 80, "/x"),
        ("http://my_service.internal./x", "my_service.internal.", 80, "/x"),
    ],
)
def test_a_url_is_read_into_its_parts(url: str, netloc: str, port: int, path: str | None) -> None:
    target = Target.parse(url)
    assert (target.netloc, target.port, target.path) == (netloc, port, path)
    assert Target.parse(target.url) == target


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "http:// or https://"),
        ("localhost:3000/hook", "http:// or https://"),
        ("ftp://h/", "http:// or https://"),
        ("http:/h/", "http:// or https://"),
        ("http:///path", "no host"),
        ("http://:80/", "no host"),
        ("http://h:0/", "port"),
        ("http://h:65536/", "port"),
        ("http://h:8o/", "port"),
        ("http://h:٣/", "port"),
        ("http://h:+80/", "port"),
        ("http://h/a b", "space or a control"),
        ("http://h/a\nb", "space or a control"),
        ("http://h\r\nX: y/", "space or a control"),
        ("http://h/\x7f", "space or a control"),
        ("http://h/#top", "fragment"),
        ("http://h/a?b#top", "fragment"),
        ("http://h?x=1", "no path"),
        ("http://h/?x=1", "no path"),
        ("http://::1/", "brackets"),
        ("http://[::g]/", "IPv6"),
        ("http://[fe80::1%25eth0]/", "zone"),
        ("http://[::1]x/", "brackets"),
        ("http://a..b/", "host name"),
        ("http://-x%41/", "host name"),
        ("http://a\\@b/", "user name"),
        ("http://a\\b/", "host name"),
        ("http://" + "a" * 64 + ".example/", "host name"),
        ("http://straße.example/", "xn--"),
        ("http://" + "ü" * 70 + "/", "host name"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_in_words(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Target.parse(url)


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="user name or a password") as caught:
        Target.parse("http://me:hunter2@h/")
    assert "hunter2" not in str(caught.value)


def test_the_path_of_the_url_is_the_whole_target_and_is_never_joined() -> None:
    assert Target.parse("http://h/in?x").request_target(b"/captured?y") == b"/in?x"
    assert Target.parse("http://h/").request_target(b"/captured?y") == b"/captured?y"


@given(st.text())
def test_any_text_is_a_target_in_normal_form_or_refused(text: str) -> None:
    for url in (text, "http://" + text, "https://h/" + text, "http://h:" + text):
        try:
            target = Target.parse(url)
        except UsageError:
            continue
        assert Target.parse(target.url) == target
        target.netloc.encode("ascii")
        assert not any(ord(c) <= 0x20 or ord(c) >= 0x7F for c in target.url)
