from __future__ import annotations

from pathlib import Path

import pytest

from inspector.base.files import resource
from inspector.session.receiver.verifiers import VERIFIERS
from tests.verifiers.launch import PREPARE, Command, Missing


@pytest.fixture(scope="session", params=sorted(VERIFIERS))
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Starts one verifier; skipped with what is missing where its language cannot be had."""
    key: str = request.param
    cache = getattr(request.config, "cache", None)
    # What is installed or compiled is kept for the next run, where pytest keeps anything at all.
    folder = tmp_path_factory.mktemp(key)
    kept: Path = folder if cache is None else cache.mkdir(f"verifier-{key}")
    source = resource(f"verifiers/{VERIFIERS[key].file_name}")
    try:
        return PREPARE[key](source, kept, folder)
    except Missing as missing:
        pytest.skip(f"the verifier for {VERIFIERS[key].label} was not run: {missing}")
