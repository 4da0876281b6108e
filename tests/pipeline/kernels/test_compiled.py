"""Where compiled code is kept: one compilation for many processes, and none to keep it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.kernels import compiled
from pipeline.kernels.compiled import WARMED, compiling

CALL = (
    "import numpy as np; from pipeline.kernels.components import find_roots as f; "
    "parents = np.array([0, 0, 1], np.uint32); f(parents, np.zeros(3, np.bool_)); "
    "from pipeline.kernels.compiled import CACHE_DIRECTORY as folder; "
    "print(parents.tolist(), sum(f.stats.cache_hits.values()), folder is not None)"
)


def called(cache: Path) -> str:
    environment = os.environ | {"CORPUSCOST_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", CALL], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_what_one_process_compiled_another_loads(tmp_path):
    assert called(tmp_path) == "[0, 0, 0] 0 True"
    assert called(tmp_path) == "[0, 0, 0] 1 True"


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    taken = tmp_path / "file"  # root may write to any folder, but not make one of a file
    taken.touch()
    assert called(taken) == "[0, 0, 0] 0 False"


def test_the_second_process_waits_for_the_first(tmp_path):
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with compiling(tmp_path):
            inside.set()
            time.sleep(0.2)
            order.append("compiled")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    with compiling(tmp_path):
        order.append("loaded")
    thread.join()
    assert order == ["compiled", "loaded"]


def test_nobody_waits_for_ever_nor_once_all_is_compiled(tmp_path):
    with compiling(tmp_path):
        with compiling(tmp_path, patience_seconds=0.01):
            pass
        assert (tmp_path / WARMED).exists()
        with compiling(tmp_path):  # no lock is taken any more
            pass


def test_a_failed_compilation_does_not_count_as_done(tmp_path):
    with pytest.raises(ZeroDivisionError), compiling(tmp_path):
        raise ZeroDivisionError
    assert not (tmp_path / WARMED).exists()


def test_the_cache_is_named_by_the_source_of_all_kernels(tmp_path, monkeypatch):
    before = compiled.kernel_sources_digest()
    for path in Path(compiled.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "compiled.py"))
    assert compiled.kernel_sources_digest() == before
    with (tmp_path / "mixing.py").open("a") as file:
        file.write("# another\n")
    assert compiled.kernel_sources_digest() != before
