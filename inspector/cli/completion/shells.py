"""The scripts for bash, zsh and fish, the reading of an unfinished line, and the words as each shell takes
them.

The scripts ask the program for every Tab, because ids, surveys and targets come from a file. They never
evaluate a word: bash inserts it as it is, so it is quoted here; zsh and fish quote what they insert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.cli.completion.values import Completions

_BASH = r"""# bash completion for webhook-inspector, bash 4 or newer
_webhook_inspector() {
    local found
    COMPREPLY=()
    mapfile -t found < <(
        "${1/#\~/$HOME}" completion bash -- "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null
    )
    if [[ ${found[0]-} == file* ]]; then
        compopt -o bashdefault -o default
        return
    fi
    COMPREPLY=("${found[@]:1}")
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[:=.] ]]; then
        compopt -o nospace
    fi
}
complete -F _webhook_inspector webhook-inspector
"""
_ZSH = r"""#compdef webhook-inspector
_webhook-inspector() {
    local -a found words_ shown_ open_ open_shown_
    local line text
    found=("${(@f)$("${${(Q)words[1]}/#\~/$HOME}" completion zsh -- \
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    if [[ $found[1] == file* ]]; then
        [[ -n ${found[1]#*$'\t'} ]] && compset -P '*='
        _files
        return
    fi
    for line in "${(@)found[2,-1]}"; do
        text=${line%%$'\t'*}
        line=${line/$'\t'/  }
        if [[ $text == *[:=.] ]]; then
            open_+=("$text") open_shown_+=("$line")
        else
            words_+=("$text") shown_+=("$line")
        fi
    done
    (( $#words_ )) && compadd -l -d shown_ -a words_
    (( $#open_ )) && compadd -l -S '' -d open_shown_ -a open_
}
if [[ $funcstack[1] == _webhook-inspector ]]; then
    _webhook-inspector "$@"
else
    compdef _webhook-inspector webhook-inspector
fi
"""
_FISH = r"""# fish completion for webhook-inspector
function __webhook_inspector_words
    set -l program (commandline -opc)[1]
    set -l found ($program completion fish -- (commandline -cp | string collect) 2>/dev/null)
    if string match -q 'file*' -- $found[1]
        set -l prefix (string split \t -- $found[1])[2]
        set -l typed (string sub -s (math (string length -- "$prefix") + 1) -- (commandline -ct))
        for path in (__fish_complete_path "$typed")
            echo -- "$prefix$path"
        end
    else if set -q found[2]
        printf '%s\n' $found[2..]
    end
end
complete -c webhook-inspector -f -a '(__webhook_inspector_words)'
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""The script for each shell, to be evaluated by it."""

_SAFE_IN_BASH = re.compile(r"[A-Za-z0-9_./:=,+@%-]|[^\x00-\x7f]")
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'[\\"$`]')


@dataclass(slots=True, kw_only=True)
class UnfinishedLine:
    """A command line up to the cursor, as the shell reads it."""

    words: list[str]
    """The whole words, without quotes. The first one is the program."""
    typed: str
    """The unfinished word, without quotes; empty after a space."""
    quote: str
    """The quotation mark that is still open."""
    kept: int
    """Characters of `typed` that bash does not replace: those up to the open quotation mark, or to the last
    break outside quotation marks."""


def read_line(line: str, *, breaks: str = "", has_escapes_in_quotes: bool = False) -> UnfinishedLine:
    """Read a line up to the cursor. Nothing in it is expanded.

    `breaks` are the characters at which bash splits a word. fish has `has_escapes_in_quotes`: a backslash
    escapes a quotation mark between single quotes.
    """
    words: list[str] = []
    typed, quote, kept, is_begun = "", "", 0, False
    kept_before = 0
    characters = iter(line)
    for character in characters:
        if character == "\\" and (quote != "'" or has_escapes_in_quotes):
            escaped = next(characters, "")
            is_literal = (quote == '"' and escaped not in '\\"$`') or (quote == "'" and escaped not in "\\'")
            typed += f"\\{escaped}" if is_literal else escaped
            is_begun = True
        elif quote:
            if character == quote:
                quote, kept = "", kept_before
            else:
                typed += character
        elif character in "'\"":
            quote, kept_before, is_begun = character, kept, True
            kept = len(typed)
        elif character.isspace():
            if is_begun:
                words.append(typed)
            typed, kept, is_begun = "", 0, False
        else:
            typed += character
            is_begun = True
            if character in breaks:
                kept = len(typed)
    return UnfinishedLine(words=words, typed=typed, quote=quote, kept=kept)


def bash_lines(found: Completions, line: UnfinishedLine) -> Iterator[str]:
    """Yield what the script of bash reads: `file` or `word`, then the words as bash may insert them."""
    yield "file" if found.takes_file else "word"
    for text, _ in found.words:
        inserted = _for_bash(text[line.kept :], line.quote)
        if inserted is not None:
            yield inserted


def word_lines(found: Completions) -> Iterator[str]:
    """Yield what the scripts of zsh and fish read: each word with its help after a tab."""
    yield f"file\t{found.prefix}" if found.takes_file else "word"
    for text, help_ in found.words:
        yield f"{text}\t{help_}"


def _for_bash(text: str, quote: str) -> str | None:
    """Return a word that bash takes literally after this open quotation mark, or None if there is none."""
    if quote == "'":
        return None if "'" in text else text
    if quote == '"':
        return None if "!" in text else _SPECIAL_IN_DOUBLE_QUOTES.sub(r"\\\g<0>", text)
    return "".join(one if _SAFE_IN_BASH.fullmatch(one) else f"\\{one}" for one in text)


def line_of(shell: str, words: Sequence[str]) -> UnfinishedLine:
    """Return the unfinished line that a script passed. zsh passes words without their quotes."""
    if shell == "zsh":
        return UnfinishedLine(words=["", *words[:-1]], typed=words[-1], quote="", kept=0)
    if shell == "fish":
        return read_line(words[-1], has_escapes_in_quotes=True)
    return read_line(words[-1], breaks=words[0])
