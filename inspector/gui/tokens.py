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
)
