"""The texts of the receivers that a user may copy."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.base.files import resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A small server that lets in only what was signed, as its user's back end should."""

    key: str
    """Stable: what a setting or the terminal calls it."""
    label: str
    """What the user chooses: the language, then the framework."""
    language: str
    file_name: str
    """In `resources/verifiers/`, and what the copy is called where it is saved."""


VERIFIERS = {
    verifier.key: verifier
    for verifier in (
        Verifier(
            key="express", label="Node, Express", language="JavaScript", file_name="receiver_express.mjs"
        ),
        Verifier(key="aiohttp", label="Python, aiohttp", language="Python", file_name="receiver_aiohttp.py"),
        Verifier(key="flask", label="Python, Flask", language="Python", file_name="receiver_flask.py"),
        Verifier(key="fastapi", label="Python, FastAPI", language="Python", file_name="receiver_fastapi.py"),
        Verifier(key="php", label="PHP", language="PHP", file_name="receiver.php"),
        Verifier(key="go", label="Go, net/http", language="Go", file_name="receiver.go"),
        Verifier(key="ruby", label="Ruby, Rack", language="Ruby", file_name="receiver.rb"),
        Verifier(key="csharp", label="C#, ASP.NET Core", language="C#", file_name="receiver.cs"),
    )
}


def verifier_text(verifier: Verifier) -> str:
    """The whole file, ready to be saved and run: a few kilobytes, read at each call."""
    return resource(f"verifiers/{verifier.file_name}").read_text(encoding="utf-8")
