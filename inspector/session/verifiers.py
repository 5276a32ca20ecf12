"""The texts of the receivers that a user may copy."""

from __future__ import annotations

from inspector.base.files import resource
from inspector.domain.signature.verifier import Verifier


def verifier_text(verifier: Verifier) -> str:
    """The whole file, ready to be saved and run: a few kilobytes, read at each call."""
    return resource(f"verifiers/{verifier.file_name}").read_text(encoding="utf-8")
