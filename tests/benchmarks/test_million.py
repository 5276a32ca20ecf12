"""The measurements of a million captures, on a few thousand: what they measure has to be right, too."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from inspector.store.file.database import connect
from tests.benchmarks import filled, traffic
from tests.benchmarks.driven import driven
from tests.store.group.test_grouping import follow, refold_all, stored

COUNT = 3_000


@pytest.mark.timeout(180)
def test_a_large_file_is_listed_filtered_cleared_and_given_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    filled.fill(path, COUNT)
    with closing(connect(path)) as connection:
        assert stored(connection) == refold_all(connection)
    sent = list(islice(traffic.captures(0), COUNT))
    rare = sum(traffic.RARE_WORD.encode() in capture.body for capture in sent)
    forged = sum(b"0" * 64 in dict(capture.headers).values() for capture in sent)
    with driven(str(tmp_path), path) as window:
        assert window.rows == COUNT
        window.do("jump", COUNT // 2)
        assert window.do("filter", traffic.RARE_WORD)["count"] == rare > 0
        assert window.do("filter", "verdict:invalid")["count"] == forged > 0
        assert window.do("filter", "")["count"] == COUNT
        threads = window.do("fold", True)["count"]
        assert 0 < threads < COUNT
        window.do("jump", threads // 2)
        assert window.do("fold", False)["count"] == COUNT
        assert window.do("select")["ms"] > 0
        window.do("select", False)
        counts = window.do("save", [traffic.RARE_WORD, "verdict:invalid"])["counts"]
        assert counts[-2:] == [rare, forged]
        assert window.do("summary", 0)["all_ms"] > 0
        window.do("step")
        assert window.do("watch", 0.1)["rows"] == 0
        assert window.do("tree")["respondents"] > 0
        assert window.do("memory")["mb"] < 300
        assert window.do("keys", "filter", ["crash"], 0.1)["keys"] == len("crash")
        assert window.do("keys", "list", ["j1"], 0.1)["keys"] == 2
        assert window.do("scroll", 0.1)["places"] == 1
        assert window.do("filter", "")["count"] == COUNT
        assert window.do("clear")["count"] == COUNT
        window.do("undo")
    with closing(connect(path)) as connection:
        follow(connection)  # what was still to be counted anew when the window ended
        assert stored(connection) == refold_all(connection)
        assert connection.execute("SELECT total FROM figures").fetchone() == (COUNT,)


def test_a_chunk_of_traffic_has_the_sizes_and_the_mix_that_the_figures_are_told_of() -> None:
    sizes = [len(capture.body) for capture in traffic.captures(7)]
    assert len(sizes) == traffic.CHUNK
    assert sorted(set(sizes)) == [359, 645]
    assert 0.19 < sizes.count(645) / len(sizes) < 0.21
