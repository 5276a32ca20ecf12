"""The colours of the window, light and dark. Each has one meaning, and no meaning depends on colour only."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


def _color(light: str, dark: str) -> Any:
    """Return the field of a token with its colour in either theme."""
    return field(metadata={"light": light, "dark": dark})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One set of colours as `#rrggbb`. The contrast on their background is at least 4.5 for text and 3 for
    controls."""

    window: str = _color("#f3f4f6", "#222428")
    """Bars, tree, status line."""
    base: str = _color("#ffffff", "#1a1c1f")
    """Reading areas: list, detail, pages."""
    raised: str = _color("#f8f9fa", "#202226")
    """A finding's card, chips."""
    line: str = _color("#e1e4e8", "#34373d")
    """Hairlines."""
    outline: str = _color("#c4cad2", "#4b5058")
    """Key caps, tags, the bar next to a quote: decoration."""
    control_outline: str = _color("#898d92", "#6d727b")
    """Fields, buttons, check boxes."""
    button: str = _color("#ffffff", "#2b2e33")
    """Background of a button."""
    text: str = _color("#1b1f24", "#dde1e6")
    """Captured content, names."""
    text2: str = _color("#545d68", "#a5acb6")
    """Labels, times, questions."""
    text3: str = _color("#626a74", "#8f97a2")
    """The type of a question, an axis; never on a selection."""
    disabled: str = _color("#8a919b", "#6d727b")
    """Text of disabled controls."""
    accent: str = _color("#2463c9", "#7fabf7")
    """Links, the current tab, the bar of a selection."""
    accent_fill: str = _color("#2463c9", "#3569c6")
    """The primary button, a selected cell, progress; with white text."""
    accent_soft: str = _color("#e8effb", "#243149")
    """Background of chips and current choices."""
    on_accent: str = _color("#ffffff", "#ffffff")
    selection: str = _color("#dae7fb", "#2a3e60")
    """A tint, so that badges keep their colours."""
    selection_no_focus: str = _color("#e5e8ec", "#34383f")
    fresh: str = _color("#eef4fd", "#1f2a3d")
    """A row in its first two seconds."""
    scroll: str = _color("#c4cad2", "#4b5058")
    """The handle of a scroll bar."""
    valid: str = _color("#17703f", "#62c18c")
    valid_soft: str = _color("#e3f3ea", "#1e3328")
    warning: str = _color("#855600", "#e2b455")
    """Rewritten, a conflict."""
    warning_soft: str = _color("#faf0da", "#3a3220")
    invalid: str = _color("#bc2c2c", "#f28c86")
    invalid_soft: str = _color("#fbe8e7", "#422a2b")
    unsigned: str = _color("#5b6470", "#a8afb9")
    unsigned_soft: str = _color("#eceef1", "#2d3036")
    unchecked: str = _color("#4d5f9e", "#a5b3e8")
    unchecked_soft: str = _color("#e9ecf7", "#2a3045")
    code_string: str = _color("#0b6570", "#6fc7d1")
    """Texts, numbers, true, false and null in a body; names and punctuation are text 2."""
    code_number: str = _color("#8f4a1e", "#dba077")
    code_word: str = _color("#7a3b96", "#cfa3e4")
    found: str = _color("#fbe6a2", "#574712")
    """Background of search hits, with normal text."""
    chart: str = _color("#3b6bbd", "#6d99e4")
    """Charts have their own hues, never a verdict's; each bar has its number."""
    chart_soft: str = _color("#6593de", "#4a6ca8")
    chart_grey: str = _color("#838c98", "#737b86")
    chart_clay: str = _color("#a5663c", "#cf9468")
    strip_valid: str = _color("#70937f", "#587a69")
    """Bars of the timeline; valid is greyed on purpose."""
    strip_rewritten: str = _color("#b57a0c", "#c2943a")
    strip_invalid: str = _color("#bc2c2c", "#f28c86")
    strip_unsigned: str = _color("#7f8894", "#7b828d")
    strip_unchecked: str = _color("#7080c0", "#7584bd")
    mark_blue: str = _color("#3b6bbd", "#6d99e4")
    """The user's marks on captures; the word is always next to the colour where a mark is selected."""
    mark_teal: str = _color("#0f7f86", "#4fb8be")
    mark_purple: str = _color("#7a4fb0", "#b291e0")
    mark_pink: str = _color("#c04a86", "#e58bb8")
    mark_brown: str = _color("#96603c", "#cf9468")
    mark_grey: str = _color("#6f7883", "#8f97a2")


LIGHT = Tokens(**{token.name: token.metadata["light"] for token in fields(Tokens)})
DARK = Tokens(**{token.name: token.metadata["dark"] for token in fields(Tokens)})
