"""Markdown as text for a terminal."""

from __future__ import annotations

import io
import re

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, TableElement
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from inspector.cli.output.alignment import display_width
from inspector.session.handbook import link_target

_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"^ *```.*?^ *```|`((?:[^`\n]|\n(?!\n))+)`", re.MULTILINE | re.DOTALL)
_LEAST_WIDTH = 30
_MOST_WIDTH = 100
"""Longer lines are harder to read."""
_THEME = Theme(
    {
        "markdown.code": "cyan",
        "markdown.code_block": "cyan",
        "markdown.h1": "bold",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.item.bullet": "none",
        "markdown.item.number": "none",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)


class _Code(CodeBlock):
    """A block of code without a frame and without wrapping, so that it can be copied as it is.

    It is indented if every line fits then.
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = str(self.text).rstrip().split("\n")
        indent = "  " if max(map(display_width, lines)) + 2 <= options.max_width else ""
        for line in lines:
            yield Text(f"{indent}{line}", style="markdown.code_block", no_wrap=True, overflow="ignore")


class _LeftHeading(Heading):
    """A heading at the left margin."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        if self.tag == "h1":
            yield Text(self.text.plain.upper(), style="markdown.h1")
        else:
            yield self.text


class _WholeTable(TableElement):
    """A table that wraps long words instead of cutting them."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                for table_column in part.columns:
                    table_column.overflow = "fold"
            yield part


class _Page(Markdown):
    elements = {  # noqa: RUF012 - a class attribute of rich
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
        "heading_open": _LeftHeading,
        "table_open": _WholeTable,
    }


def rendered(text: str, topic: str, *, width: int, has_colour: bool) -> list[str]:
    """Return Markdown of the page `topic` as lines for a terminal of `width` columns.

    Links within the handbook become the command that prints the page. Without colour there are no control
    sequences, and code keeps its backticks.
    """
    width = max(_LEAST_WIDTH, min(_MOST_WIDTH, width))
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=has_colour,
        color_system="standard" if has_colour else None,
        legacy_windows=False,
        theme=_THEME,
        highlight=False,
        _environ={},
    )
    shown = _LINK.sub(lambda found: _spelled(found[1], found[2], topic), text)
    if not has_colour:
        shown = _CODE.sub(lambda found: found[0] if found[1] is None else f"`` `{found[1]}` ``", shown)
    console.print(_Page(shown, hyperlinks=False), end="", crop=False)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    return [line for line, before in zip(lines, ("", *lines), strict=False) if line or before]


def _spelled(words: str, link: str, topic: str) -> str:
    """Return a link as text that works in a terminal."""
    target = link_target(link, topic)
    if target is None:
        return words if words == link else f"{words} ({link})"
    page, anchor = target
    name = anchor if page == "findings" and anchor else page
    return words if name == words.strip("`") or page == topic else f"{words} (`help {name}`)"
