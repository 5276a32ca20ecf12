"""The result of a comparison, in sentences."""

from __future__ import annotations

from inspector.base.quantity import counted
from inspector.domain.capture.capture_diff import CaptureDiff

_OF_QUESTIONS = ("$.responses", "$.response", "$.question_")


def sentence(compared: CaptureDiff) -> str:
    """Return whether the common questions have the same answers."""
    if compared.is_same_body:
        return "Both are the same, byte for byte."
    if compared.is_hidden:
        return "What they hold is hidden and not compared."
    if any(compared.no_json):
        which = (
            "Neither of them is"
            if all(compared.no_json)
            else ("The first one is not" if compared.no_json[0] else "The second one is not")
        )
        return f"{which} JSON."
    common, changed, hidden = compared.in_common, len(compared.changed), compared.hidden
    if not common:
        is_told = not any(
            line.word == "hidden" and line.name.startswith(_OF_QUESTIONS) for line in compared.paths
        )
        return (
            "They have no question in common." if is_told else "What they answer is hidden and not compared."
        )
    seen = common - hidden
    if not seen:
        whose = "whose answer is" if common == 1 else "whose answers are"
        return f"{counted(common, 'common question').capitalize()}, {whose} hidden and not compared."
    if changed:
        verb = "is" if changed == 1 else "are"
        result = f"{changed:,} of {counted(seen, 'common question')} {verb} answered otherwise"
    else:
        result = f"{counted(seen, 'common question').capitalize()}, answered alike"
    if hidden:
        result += f"; {hidden:,} more {'is' if hidden == 1 else 'are'} hidden and not compared"
    return f"{result}."


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
        result += f", and {otherwise:,} {'means' if otherwise == 1 else 'mean'} the same, written otherwise"
    elif not values and hidden:
        result = "The values that are shown are the same"
    elif not values:
        result = "The bodies hold the same values, and differ in white space, in order or in what repeats"
    if hidden:
        result += f"; {hidden:,} {'is' if hidden == 1 else 'are'} hidden and not compared"
    result += "."
    if compared.is_part:
        result += " Only the first values of each are compared by path; the bodies are larger."
    return result
