"""What came of a comparison, in sentences."""

from __future__ import annotations

from inspector.domain.compare import Compared


def sentence(compared: Compared) -> str:
    """First of all: whether they answer alike."""
    if compared.is_same_body:
        return "Both are the same, byte for byte."
    if any(compared.no_json):
        which = (
            "Neither of them is"
            if all(compared.no_json)
            else ("The first one is not" if compared.no_json[0] else "The second one is not")
        )
        return f"{which} JSON."
    common, changed = compared.in_common, len(compared.changed)
    if not common:
        return "They have no question in common."
    if changed:
        verb = "is" if changed == 1 else "are"
        return f"{changed:,} of {_counted(common, 'common question')} {verb} answered otherwise."
    return f"{_counted(common, 'common question').capitalize()}, answered alike."


def by_path_sentence(compared: Compared) -> str:
    """What differs in the bodies, as far as they are JSON."""
    if compared.is_same_body:
        return ""
    values = sum(line.word not in ("same", "written-otherwise") for line in compared.paths)
    otherwise = sum(line.word == "written-otherwise" for line in compared.paths)
    verb = "differs" if values == 1 else "differ"
    said = f"{values:,} of {_counted(len(compared.paths), 'value')} in the bodies {verb}"
    if otherwise:
        said += f", and {otherwise:,} {'means' if otherwise == 1 else 'mean'} the same, written otherwise"
    elif not values:
        said = "The bodies hold the same values, and differ in white space, in order or in what repeats"
    said += "."
    if compared.is_part:
        said += " Only the first values of each are compared by path; the bodies are larger."
    return said


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
