"""The colours of the window, light and dark; every one means something, and none means it alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One set of colours as `#rrggbb`. Text on its ground has a contrast of 4.5 or more, controls 3."""

    window: str
    """Bars, tree, status line."""
    base: str
    """Everything that is read: list, detail, pages."""
    raised: str
    """A finding's card, chips."""
    line: str
    """Hairlines."""
    outline: str
    """Key caps, tags, the rule beside a quote: decoration."""
    control_outline: str
    """Fields, buttons, check boxes."""
    button: str
    """The ground of a button."""
    text: str
    """What was sent, names."""
    text2: str
    """Labels, times, questions."""
    text3: str
    """The type of a question, an axis; never on a selection."""
    disabled: str
    """The text of what cannot be used now."""
    accent: str
    """Links, the current tab, the bar of a selection."""
    accent_fill: str
    """The one primary button, a chosen cell, progress; white stands on it."""
    accent_soft: str
    """The ground of chips and current choices."""
    on_accent: str
    selection: str
    """A tint, so that badges keep their colours."""
    selection_no_focus: str
    fresh: str
    """A row's first two seconds."""
    scroll: str
    """The handle of a scroll bar."""
    valid: str
    valid_soft: str
    warning: str
    """Rewritten, a conflict."""
    warning_soft: str
    invalid: str
    invalid_soft: str
    unsigned: str
    unsigned_soft: str
    unchecked: str
    unchecked_soft: str
    code_string: str
    """Texts, numbers, and true, false and null in a body; names and marks are text 2."""
    code_number: str
    code_word: str
    found: str
    """The ground of what was searched for; text stands on it."""
    chart: str
    """Charts have hues of their own, never a verdict's; each bar carries its number."""
    chart_soft: str
    chart_grey: str
    chart_clay: str
    strip_valid: str
    """Bars of the time strip; valid is greyed on purpose."""
    strip_rewritten: str
    strip_invalid: str
    strip_unsigned: str
    strip_unchecked: str
    mark_blue: str
    """What a person marks a capture with; its word stands beside it wherever it is chosen."""
    mark_teal: str
    mark_purple: str
    mark_pink: str
    mark_brown: str
    mark_grey: str


LIGHT = Tokens(
    window="#f3f4f6",
    base="#ffffff",
    raised="#f8f9fa",
    line="#e1e4e8",
    outline="#c4cad2",
    control_outline="#898d92",
    button="#ffffff",
    text="#1b1f24",
    text2="#545d68",
    text3="#626a74",
    disabled="#8a919b",
    accent="#2463c9",
    accent_fill="#2463c9",
    accent_soft="#e8effb",
    on_accent="#ffffff",
    selection="#dae7fb",
    selection_no_focus="#e5e8ec",
    fresh="#eef4fd",
    scroll="#c4cad2",
    valid="#17703f",
    valid_soft="#e3f3ea",
    warning="#855600",
    warning_soft="#faf0da",
    invalid="#bc2c2c",
    invalid_soft="#fbe8e7",
    unsigned="#5b6470",
    unsigned_soft="#eceef1",
    unchecked="#4d5f9e",
    unchecked_soft="#e9ecf7",
    chart="#3b6bbd",
    chart_soft="#6593de",
    chart_grey="#838c98",
    chart_clay="#a5663c",
    code_string="#0b6570",
    code_number="#8f4a1e",
    code_word="#7a3b96",
    found="#fbe6a2",
    strip_valid="#70937f",
    strip_rewritten="#b57a0c",
    strip_invalid="#bc2c2c",
    strip_unsigned="#7f8894",
    strip_unchecked="#7080c0",
    mark_blue="#3b6bbd",
    mark_teal="#0f7f86",
    mark_purple="#7a4fb0",
    mark_pink="#c04a86",
    mark_brown="#96603c",
    mark_grey="#6f7883",
)

DARK = Tokens(
    window="#222428",
    base="#1a1c1f",
    raised="#202226",
    line="#34373d",
    outline="#4b5058",
    control_outline="#6d727b",
    button="#2b2e33",
    text="#dde1e6",
    text2="#a5acb6",
    text3="#8f97a2",
    disabled="#6d727b",
    accent="#7fabf7",
    accent_fill="#3569c6",
    accent_soft="#243149",
    on_accent="#ffffff",
    selection="#2a3e60",
    selection_no_focus="#34383f",
    fresh="#1f2a3d",
    scroll="#4b5058",
    valid="#62c18c",
    valid_soft="#1e3328",
    warning="#e2b455",
    warning_soft="#3a3220",
    invalid="#f28c86",
    invalid_soft="#422a2b",
    unsigned="#a8afb9",
    unsigned_soft="#2d3036",
    unchecked="#a5b3e8",
    unchecked_soft="#2a3045",
    chart="#6d99e4",
    chart_soft="#4a6ca8",
    chart_grey="#737b86",
    chart_clay="#cf9468",
    code_string="#6fc7d1",
    code_number="#dba077",
    code_word="#cfa3e4",
    found="#574712",
    strip_valid="#587a69",
    strip_rewritten="#c2943a",
    strip_invalid="#f28c86",
    strip_unsigned="#7b828d",
    strip_unchecked="#7584bd",
    mark_blue="#6d99e4",
    mark_teal="#4fb8be",
    mark_purple="#b291e0",
    mark_pink="#e58bb8",
    mark_brown="#cf9468",
    mark_grey="#8f97a2",
)
