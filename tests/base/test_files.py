from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.base.files import data_folder, write_new


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match=r"Cannot write .*page\.md: No such file or directory\."):
        write_new(tmp_path / "nowhere" / "page.md", "text")


def test_line_ends_stay_as_they_are_and_what_is_no_unicode_is_spelled(tmp_path: Path) -> None:
    write_new(tmp_path / "page.md", "a\nb\r\n\ud800é")
    assert (tmp_path / "page.md").read_bytes() == "a\nb\r\n\\ud800é".encode()


def test_nothing_is_left_of_a_file_that_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def full(path: Path, *rest: int) -> int:
        os.close(real(path, *rest))
        return real("/dev/full", os.O_WRONLY)

    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    monkeypatch.setattr(os, "open", full)
    with pytest.raises(InspectorError, match=os.strerror(errno.ENOSPC)):
        write_new(tmp_path / "page.md", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_but_not_what_a_link_leads_to(tmp_path: Path) -> None:
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    other.write_text("kept")
    page.write_text("old")
    write_new(page, "new", replaces=True)
    assert page.read_text() == "new"
    page.unlink()
    page.symlink_to(other)
    with pytest.raises(InspectorError, match=r"page\.md is a link\. Choose another file name\."):
        write_new(page, "new", replaces=True)
    assert other.read_text() == "kept"
    assert page.is_symlink()


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms have other folders")
@pytest.mark.parametrize("given", [None, "", "relative", "/elsewhere"])
def test_the_data_folder_is_that_of_the_xdg_specification(
    home: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    if given is None:
        monkeypatch.delenv("XDG_DATA_HOME")
    else:
        monkeypatch.setenv("XDG_DATA_HOME", given)
    parent = Path(given) if given == "/elsewhere" else home / ".local" / "share"
    assert data_folder() == parent / "webhook-inspector"
