"""The pool: what its workers are started with."""

from __future__ import annotations

import pytest

from pipeline.engines.local.plan import Workspace
from pipeline.engines.local.pool import MEMORY_REUSE, Pool, Unwatched

MIRROR = """import json, os, sys
for line in sys.stdin:
    print(json.dumps({"event": "done", "environment": dict(os.environ)}), flush=True)
"""


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """What a worker finds in its environment."""
    (tmp_path / "mirror.py").write_text(MIRROR)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def look() -> dict[str, str]:
        workspace = Workspace(tmp_path / "work")
        workspace.processes.mkdir(parents=True)
        pool = Pool(workspace, 1, Unwatched(), module="mirror")
        outcome = next(pool.run([{"job": 1}], lambda message: None))
        pool.close()
        return outcome.message["environment"]

    return look


def test_workers_reuse_memory_and_run_one_thread(environment, monkeypatch):
    for name in MEMORY_REUSE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    found = environment()
    assert {name: found[name] for name in MEMORY_REUSE} == MEMORY_REUSE
    assert found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "1"


def test_the_users_own_memory_settings_come_first(environment, monkeypatch):
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "mimalloc")
    assert environment()["ARROW_DEFAULT_MEMORY_POOL"] == "mimalloc"
