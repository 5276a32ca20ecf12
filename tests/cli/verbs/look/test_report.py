from __future__ import annotations

import stat
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError, NotFound
from inspector.cli.verbs.look.report import REPORT
from inspector.domain.mask.mask import DOTS
from tests.builders import COMPLETION, SECRET_TEXT, signature
from tests.cli.calls import use
from tests.cli.conftest import Keep

WRONG = signature(COMPLETION, SECRET_TEXT + " ")


async def test_the_page_goes_to_standard_output(keep: Keep) -> None:
    done = await use(REPORT, "1", "--database", await keep((COMPLETION, WRONG)))
    assert (done.status, done.said) == (0, "")
    assert done.text.startswith("# Webhook delivery 1: invalid\n")
    assert "### `secret-whitespace`" in done.text
    for private in (SECRET_TEXT, "user_123", "image upload", WRONG.decode()):
        assert private not in done.text


@pytest.mark.parametrize(
    ("came", "says"), [(WRONG, ", 64 digits\n"), (b"sha256=" + WRONG, ", 71 bytes\n"), (b"a", ", 1 digit\n")]
)
async def test_the_length_of_a_signature_is_in_digits(keep: Keep, came: bytes, says: str) -> None:
    done = await use(REPORT, "1", "--database", await keep((COMPLETION, came)))
    (line,) = [line for line in done.text.splitlines(keepends=True) if line.startswith("- received: ")]
    assert line.endswith(says)


async def test_json_is_one_object_with_the_page(keep: Keep) -> None:
    record = (
        await use(REPORT, "1", "--database", await keep((COMPLETION, WRONG)), "--format", "json")
    ).record()
    assert record["id"] == 1
    assert record["report"].startswith("# Webhook delivery 1: invalid\n")


@pytest.mark.parametrize(
    ("came", "says"),
    [
        (signature(COMPLETION, SECRET_TEXT + " "), "after the fix:\n- "),
        (b"sha256=" + signature(COMPLETION), "after the fix:\n- "),
    ],
)
async def test_the_message_for_the_sender_has_cause_and_fix_but_nothing_private(
    keep: Keep, came: bytes, says: str
) -> None:
    done = await use(REPORT, "1", "--for-sender", "--database", await keep((COMPLETION, came)))
    assert done.text.startswith("The signature of 1 delivery does not match.\n\nCause: The ")
    assert "\nFix: " in done.text
    assert "645 bytes, survey " in done.text
    for private in (SECRET_TEXT, "user_123", "image upload", came.decode(), signature(COMPLETION).decode()):
        assert private not in done.text


async def test_without_a_proved_cause_the_sender_is_told_how_to_sign(keep: Keep) -> None:
    database = await keep((COMPLETION, signature(COMPLETION, "an unknown one")))
    done = await use(REPORT, "1", "--for-sender", "--database", database)
    assert done.text.startswith(
        "The signature of 1 delivery does not match.\n\nExpected: X-Webhook-Signature "
    )
    assert "\nFix: check that the dashboard has the same webhook secret" in done.text


async def test_for_a_valid_one_there_is_nothing_to_tell_the_sender(keep: Keep) -> None:
    database = await keep((COMPLETION, signature(COMPLETION)))
    with pytest.raises(InspectorError, match="The sender has nothing to change for capture 1"):
        await use(REPORT, "1", "--for-sender", "--database", database)


async def test_a_file_is_for_its_owner_alone_and_never_overwritten(keep: Keep, tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    arguments = ("1", "--database", await keep((COMPLETION, WRONG)), "--output", str(file))
    done = await use(REPORT, *arguments)
    assert done.text == ""
    assert "report.md" in done.said
    assert file.read_text(encoding="utf-8").startswith("# Webhook delivery 1: invalid\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("mine")
    with pytest.raises(InspectorError, match="already exists") as raised:
        await use(REPORT, *arguments)
    assert raised.value.exit_status == 3
    assert file.read_text() == "mine"


async def test_an_id_that_is_not_there_is_told(keep: Keep) -> None:
    with pytest.raises(NotFound, match="There is no capture 9"):
        await use(REPORT, "9", "--database", await keep((COMPLETION, None)))


async def test_the_path_the_query_and_the_client_s_address_are_masked(keep: Keep) -> None:
    headers = (
        (b"X-Forwarded-For", b"9.9.9.9"),
        (b"CF-Connecting-IP", b"9.9.9.9"),
        (b"X-Original-URL", b"/hook/TOPSECRET?token=xyz"),
        (b"Via", b"1.1 proxy (for 9.9.9.9)"),
        (b"User-Agent", b"seen at /hook/TOPSECRET"),
    )
    database = await keep((COMPLETION, WRONG, *headers), target=b"/hook/TOPSECRET?token=xyz")
    page = (await use(REPORT, "1", "--database", database)).text
    assert f"| request | `POST /{DOTS}?{DOTS} HTTP/1.1` |" in page
    for private in ("TOPSECRET", "xyz", "9.9.9.9"):
        assert private not in page
