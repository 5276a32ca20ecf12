"""Every colour can be told from what it stands on, as WCAG 2.2 AA has it, in light and in dark."""

from __future__ import annotations

import dataclasses
import re

import pytest

import inspector
from inspector.base.files import resource
from inspector.gui.kit.theme import DARK, LIGHT, Tokens
from tests.gui.kit.test_theme import VERDICTS, contrast

GROUNDS = ("base", "window", "raised")
ROWS = ("base", "selection", "selection_no_focus", "fresh")
TEXT, CONTROL = 4.5, 3.0

# What stands on what: tokens, grounds, the least contrast.
PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...], float], ...] = (
    (("text", "text2"), (*GROUNDS, *ROWS, "button"), TEXT),
    (("text",), ("found", "warning_soft", "invalid_soft"), TEXT),
    (("text", "text2", "accent"), ("accent_soft",), TEXT),
    (("text3",), GROUNDS, TEXT),  # never on a selection
    (("accent",), (*GROUNDS, "selection"), TEXT),
    (("on_accent",), ("accent_fill",), TEXT),
    (VERDICTS, ROWS[:2], TEXT),
    (("invalid", "warning"), ("window", "selection_no_focus", "fresh"), TEXT),
    (("code_string", "code_number", "code_word"), ("base", "selection", "selection_no_focus"), TEXT),
    (("control_outline",), ("base",), CONTROL),
    (("accent_fill",), ("base",), CONTROL),
    (("chart", "chart_soft", "chart_grey", "chart_clay"), ("base",), CONTROL),
    (
        tuple(f"strip_{part}" for part in ("valid", "rewritten", "invalid", "unsigned", "unchecked")),
        ("base",),
        CONTROL,
    ),
)
DECORATION = {"line", "outline", "scroll"}
"""Nothing is told by them alone."""
EXEMPT = {"disabled"}
"""WCAG asks nothing of what cannot be used."""


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_each_pair_in_use_has_its_contrast(tokens: Tokens) -> None:
    low = [
        f"{front} on {ground}: {contrast(getattr(tokens, front), getattr(tokens, ground)):.2f}"
        for fronts, grounds, least in PAIRS
        for front in fronts
        for ground in grounds
        if round(contrast(getattr(tokens, front), getattr(tokens, ground)), 1) < least
    ]
    assert low == []


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_a_verdict_can_be_read_on_its_own_fill(tokens: Tokens) -> None:
    for verdict in VERDICTS:
        fill = getattr(tokens, f"{verdict}_soft")
        assert round(contrast(getattr(tokens, verdict), fill), 1) >= TEXT
        assert contrast(tokens.text, fill) >= TEXT


def test_no_token_is_left_out() -> None:
    fronts = {name for pair in PAIRS for name in pair[0]}
    grounds = {name for pair in PAIRS for name in pair[1]} | {f"{verdict}_soft" for verdict in VERDICTS}
    fields = {field.name for field in dataclasses.fields(Tokens)}
    marks = {name for name in fields if name.startswith("mark_")}
    assert fields - marks == (fronts | grounds | DECORATION | EXEMPT) - marks


def test_the_quietest_text_never_stands_on_a_selection() -> None:
    """A painter that knows of a selection and of text 3 has to choose another there."""
    gui = resource("icons").parent.parent / inspector.__name__ / "gui"
    for file in gui.rglob("*.py"):
        text = file.read_text()
        for line in text.splitlines():
            if '"text3"' in line and "theme.color" in line and "State_Selected" in text:
                assert re.search(r'"text2" if \w+ else "text3"', line), f"{file.name}: {line.strip()}"
