from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is installed or compiled is kept for the next run, where pytest keeps anything at all."""
    cache = getattr(request.config, "cache", None)
    return tmp_path_factory.mktemp("kept") if cache is None else Path(cache.mkdir("receivers"))
