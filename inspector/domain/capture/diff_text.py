"""The difference between two captures in a few sentences."""

from __future__ import annotations

from inspector.base.quantity import counted
from inspector.domain.capture.capture_diff import CaptureDiff

_OF_QUESTIONS = ("$.responses", "$.response", "$.question_")


def sentence(compared: CaptureDiff) -> str:
    """Return whether the common questions have the same answers."""
    if compared.is_same_body:
        return "The bodies are identical."
    if compared.is_hidden:
        return "The bodies are masked and were not compared."
    if any(compared.no_json):
        if all(compared.no_json):
            return "Neither body is JSON."
        return f"The {'first' if compared.no_json[0] else 'second'} body is not JSON."
    common, changed, hidden = compared.in_common, len(compared.changed), compared.hidden
    if not common:
        is_told = not any(
            line.word == "hidden" and line.name.startswith(_OF_QUESTIONS) for line in compared.paths
        )
        return "No questions in common." if is_told else "The answers are masked and were not compared."
    seen = common - hidden
    if not seen:
        whose = "Its answer is masked and was" if common == 1 else "Their answers are masked and were"
        return f"{counted(common, 'common question')}. {whose} not compared."
    if changed:
        have = "has a different answer" if changed == 1 else "have different answers"
        result = f"{changed:,} of {counted(seen, 'common question')} {have}."
    else:
        result = f"{counted(seen, 'common question')} {_alike(seen)}."
    if hidden:
        result += f" {hidden:,} more {_not_compared(hidden)}."
    return result


def _alike(count: int) -> str:
    return "has the same answer" if count == 1 else "have the same answers"


def _not_compared(count: int) -> str:
    return "is masked and was not compared" if count == 1 else "are masked and were not compared"


def by_path_sentence(compared: CaptureDiff) -> str:
    """Return how the values of two JSON bodies differ."""
    if compared.is_same_body or compared.is_hidden:
        return ""
    hidden = sum(line.word == "hidden" for line in compared.paths)
    values = sum(line.is_difference and line.word != "written-otherwise" for line in compared.paths)
    otherwise = sum(line.word == "written-otherwise" for line in compared.paths)
    verb = "differs" if values == 1 else "differ"
    result = f"{values:,} of {counted(len(compared.paths) - hidden, 'value')} in the bodies {verb}"
    if otherwise:
        result += f". {otherwise:,} {'is' if otherwise == 1 else 'are'} equal, but written differently"
    elif not values and hidden:
        result = "All visible values are the same"
    elif not values:
        result = "The bodies have the same values. They differ in whitespace, order or repeated names"
    if hidden:
        result += f". {hidden:,} {_not_compared(hidden)}"
    result += "."
    if compared.is_part:
        result += " Only the first values of each body are compared by path."
    return result
