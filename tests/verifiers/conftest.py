from __future__ import annotations

import os
from pathlib import Path

import pytest

from inspector.base.files import resource
from inspector.session.receiver.verifiers import VERIFIERS
from tests.verifiers.launch import PREPARE, SLOW, Command, Missing


@pytest.fixture(scope="session", params=sorted(VERIFIERS))
def key(request: pytest.FixtureRequest) -> str:
    """The key of the verifier that `command` starts."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def command(key: str, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Starts one verifier; skipped with what is missing where its language cannot be had."""
    if key in SLOW and os.environ.get("CI"):
        pytest.skip(f"the verifier for {VERIFIERS[key].label} was not run: it takes too long for the CI")
    cache = getattr(pytestconfig, "cache", None)
    # What is installed or compiled is kept for the next run, where pytest keeps anything at all.
    folder = tmp_path_factory.mktemp(key)
    kept: Path = folder if cache is None else cache.mkdir(f"verifier-{key}")
    source = resource(f"verifiers/{VERIFIERS[key].file_name}")
    try:
        return PREPARE[key](source, kept, folder)
    except Missing as missing:
        pytest.skip(f"the verifier for {VERIFIERS[key].label} was not run: {missing}")
