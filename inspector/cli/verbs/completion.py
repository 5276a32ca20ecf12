"""`completion`: print the script that completes commands in a shell."""

from __future__ import annotations

import argparse

from inspector.cli.parser import Parser
from inspector.cli.verb import Call, Verb


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")
    parser.add_argument("words", metavar="WORD", nargs="*", help=argparse.SUPPRESS)


async def _run(call: Call) -> int:
    """Print the script, or, if the script passes words, what may follow them."""
    from inspector.cli.completion.shells import SCRIPTS, bash_lines, line_of, word_lines
    from inspector.cli.completion.values import completions

    shell, words = call.arguments.shell, call.arguments.words
    if not words:
        if call.out.is_json:
            call.out.record({"shell": shell, "script": SCRIPTS[shell]})
        else:
            call.out.lines(SCRIPTS[shell].removesuffix("\n").split("\n"))
        return 0
    line = line_of(shell, words)
    found = await completions(call, line.words[1:], line.typed)
    if shell == "bash" and line.quote and len(found.words) == 1 and found.words[0].text.endswith((":", "=")):
        # bash closes the quotation mark after a single word, so it gets the values that can follow.
        further = await completions(call, line.words[1:], found.words[0].text)
        found = further if len(further.words) > 1 else found
    call.out.lines(bash_lines(found, line) if shell == "bash" else word_lines(found))
    return 0


COMPLETION = Verb(
    name="completion",
    group="help",
    help="print a completion script for a shell",
    description="Print a script for bash, zsh or fish. It completes commands, options and their values: ids,"
    " surveys, targets, names of secrets, filters and settings of the file that the command line names.\n\n"
    "Append it to the startup file of the shell, as in the examples. In ~/.zshrc, compinit must come first.",
    examples=(
        "webhook-inspector completion bash >> ~/.bashrc",
        "webhook-inspector completion zsh >> ~/.zshrc",
        "webhook-inspector completion fish >> ~/.config/fish/config.fish",
    ),
    add_arguments=_add_arguments,
    run=_run,
    uses_secrets=False,
)
