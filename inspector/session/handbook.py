"""The handbook: pages of Markdown in `resources/handbook/`, their sections, and a search over them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from inspector.base.errors import NotFound, did_you_mean
from inspector.base.files import resource
from inspector.base.visible import shortened, visible

TOPICS = (
    *("getting-started", "public-address", "signatures", "findings", "receiver", "surveys", "replay"),
    *(
        "forwarding",
        "responses",
        "shared-inbox",
        "filters",
        "window",
        "settings",
        "storage-and-privacy",
        "ci",
        "command-line",
        "commands",
    ),
    *("json", "troubleshooting", "limits", "changelog"),
)
"""The pages in reading order. Each is a file of this name in `resources/handbook/`."""

_COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) +(.+)$")
_FENCE = re.compile(r"^ *```")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")
_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKUP = re.compile(r"`{3}\w*|[`*|]|-{3,}")
_LINK = re.compile(r"([\w-]+)\.md(?:#([\w-]+))?|#([\w-]+)")
_EXCERPT = 120
_LONG = 15_000
"""Characters. Qt lays out 25,000 with tables in 0.14 s, in which nothing is captured."""
_MAX_QUOTED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class HandbookSection:
    """A heading of a page with the text below it, up to the next heading."""

    topic: str
    level: int
    """1 for the title of the page."""
    heading: str
    text: str
    """Markdown, with the heading."""
    plain: str
    """The text below the heading without Markdown, in one line."""

    @property
    def anchor(self) -> str:
        """The part of a link after `#`, as GitHub writes it."""
        return anchor_of(self.heading)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandbookPage:
    """One page of the handbook."""

    topic: str
    text: str
    """Markdown, without the comments that mark generated tables."""
    sections: tuple[HandbookSection, ...]
    """Not empty. The first one is the title with the introduction."""

    @property
    def title(self) -> str:
        """The title of the page."""
        return self.sections[0].heading

    @property
    def is_long(self) -> bool:
        """Whether the layout of the page is slow, so only one chapter should be shown."""
        return len(self.text) > _LONG

    def chapter(self, anchor: str) -> str:
        """Return the section of level 2 that contains this heading, with a link to the contents.

        Without such a section, return the introduction and the contents.
        """
        chapter: HandbookSection | None = None
        for section in self.sections:
            if section.level == 2:
                chapter = section
            if chapter is not None and section.anchor == anchor:
                return f"[← {self.title}]({self.topic}.md)\n\n{self.part(chapter.anchor)}"
        links = (f"* [{one.heading}](#{one.anchor})" for one in self.sections if one.level == 2)
        return "\n".join((self.sections[0].text, *links))

    def part(self, anchor: str) -> str | None:
        """Return a section with its subsections as Markdown, or None if no heading has this anchor."""
        sections = iter(self.sections)
        first = next((one for one in sections if one.anchor == anchor), None)
        if first is None:
            return None
        texts = [first.text]
        for section in sections:
            if section.level <= first.level:
                break
            texts.append(section.text)
        return "".join(texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandbookHit:
    """A section that contains the words of a search."""

    section: HandbookSection
    title: str
    """The title of its page."""
    excerpt: str
    """The text around the first word, in one line."""


class Handbook:
    """The pages by topic. Files are read when they are first needed."""

    def __init__(self) -> None:
        self._pages: dict[str, HandbookPage] = {}

    def page(self, topic: str) -> HandbookPage:
        """Return a page. Raises NotFound with the nearest topic."""
        if topic not in TOPICS:
            guess = did_you_mean(topic, (*TOPICS, *self.codes))
            raise NotFound(f"There is no topic '{visible(shortened(topic, _MAX_QUOTED))}'.{guess}")
        if topic not in self._pages:
            text = _COMMENT.sub("", resource(f"handbook/{topic}.md").read_text("utf-8"))
            sections = tuple(_sections(topic, text))
            self._pages[topic] = HandbookPage(topic=topic, text=text, sections=sections)
        return self._pages[topic]

    def pages(self) -> tuple[HandbookPage, ...]:
        """Return all pages in reading order."""
        return tuple(map(self.page, TOPICS))

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The finding codes, each with a section on the page `findings`."""
        return tuple(one.heading for one in self.page("findings").sections if one.level == 3)

    def finding(self, code: str) -> str | None:
        """Return the section about a finding as Markdown, or None if there is no such code."""
        return self.page("findings").part(code) if code in self.codes else None

    def search(self, text: str) -> list[HandbookHit]:
        """Return the sections that contain every word of `text`, ignoring case.

        Sections with all words in the heading come first. Without a word, the list is empty.
        """
        words = text.casefold().split()
        if not words:
            return []
        hits: list[HandbookHit] = []
        first: list[HandbookHit] = []
        for page in self.pages():
            for section in page.sections:
                plain = section.plain
                folded = f"{section.heading} {plain}".casefold()
                if all(word in folded for word in words):
                    is_heading = all(word in section.heading.casefold() for word in words)
                    hit = HandbookHit(section=section, title=page.title, excerpt=_around(plain, words[0]))
                    (first if is_heading else hits).append(hit)
        return first + hits


def link_target(link: str, topic: str) -> tuple[str, str] | None:
    """Return the topic and the anchor (or an empty text) that a link on page `topic` leads to.

    None for a link that leads out of the handbook.
    """
    found = _LINK.fullmatch(link)
    if found is None or (found[1] or topic) not in TOPICS:
        return None
    return found[1] or topic, found[2] or found[3] or ""


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return _NOT_IN_ANCHOR.sub("", heading.lower()).strip().replace(" ", "-")


def _sections(topic: str, text: str) -> Iterator[HandbookSection]:
    level, heading = 1, topic
    lines: list[str] = []
    is_code = False
    for line in text.splitlines(keepends=True):
        is_code ^= _FENCE.match(line) is not None
        found = None if is_code else _HEADING.match(line)
        if found:
            if lines:
                yield _section(topic, level, heading, lines)
            level, heading, lines = len(found[1]), found[2].replace("`", "").strip(), []
        lines.append(line)
    yield _section(topic, level, heading, lines)


def _section(topic: str, level: int, heading: str, lines: Sequence[str]) -> HandbookSection:
    text = "".join(lines)
    words = _MARKUP.sub("", _LINKED.sub(r"\1", "".join(lines[1:]))).split()
    return HandbookSection(topic=topic, level=level, heading=heading, text=text, plain=" ".join(words))


def _around(plain: str, word: str) -> str:
    """Return about `_EXCERPT` characters around a word, cut between words."""
    place = max(plain.casefold().find(word), 0)
    start = 0 if place < _EXCERPT // 2 else plain.find(" ", place - _EXCERPT // 2) + 1
    end = len(plain) if len(plain) <= start + _EXCERPT else max(plain.rfind(" ", 0, start + _EXCERPT), start)
    return f"{'… ' if start else ''}{plain[start:end]}{' …' if end < len(plain) else ''}"
