"""The handbook: its pages, sections, links and search."""

from __future__ import annotations

import re

import pytest

from inspector.base.errors import NotFound
from inspector.domain.query import FIELDS
from inspector.domain.receiver.receiver_causes import AT_RECEIVER
from inspector.session.handbook import TOPICS, Handbook, anchor_of, link_target
from tests.handbook_tables import HANDBOOK

_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def test_each_topic_is_a_page_that_answers_first() -> None:
    assert {page.stem for page in HANDBOOK.glob("*.md")} == set(TOPICS)
    for page in Handbook().pages():
        assert page.text.startswith(f"# {page.title}\n\n")
        assert "<!--" not in page.text
        assert len(page.title) <= 56, "the list of topics fits 80 columns"


def test_each_finding_has_a_section() -> None:
    handbook = Handbook()
    assert set(handbook.codes) == {*FIELDS["finding"].words, *AT_RECEIVER}
    section = handbook.finding("secret-whitespace")
    assert section is not None
    assert section.startswith("### secret-whitespace\n")
    assert section.count("\n#") == 0
    assert handbook.finding("no-such-code") is None


@pytest.mark.parametrize("topic", TOPICS)
def test_each_link_leads_to_a_heading_or_out_by_https(topic: str) -> None:
    handbook = Handbook()
    text = _FENCED.sub("", handbook.page(topic).text)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        target = link_target(link, topic)
        if target is None:
            assert link.startswith("https://"), link
            continue
        page, anchor = target
        assert not anchor or handbook.page(page).part(anchor), link


def test_a_part_ends_before_the_next_heading_of_its_level() -> None:
    page = Handbook().page("findings")
    part = page.part("secret")
    assert part is not None
    assert part.startswith("## Secret\n")
    assert "### secret-empty\n" in part
    assert "digest-base64" not in part
    assert page.part("no-such-heading") is None


def test_the_search_finds_every_word_in_any_case_and_headings_first() -> None:
    handbook = Handbook()
    assert handbook.search("SECRET-whitespace")[0].section.heading == "secret-whitespace"
    hits = handbook.search("retry-after 503")
    assert hits
    assert all("503" in hit.section.plain for hit in hits)
    assert all(len(hit.excerpt) < 130 for hit in hits)
    assert handbook.search("  ") == handbook.search("no such word there qwxz") == []


def test_a_mistyped_topic_is_corrected() -> None:
    with pytest.raises(NotFound, match=r"There is no topic 'filtres'\. Did you mean 'filters'\?"):
        Handbook().page("filtres")


def test_anchors_are_those_of_github() -> None:
    assert anchor_of("The language of --filter, in short") == "the-language-of---filter-in-short"
    assert link_target("#a", "replay") == ("replay", "a")
    assert link_target("https://example.com/a.md", "replay") is None
