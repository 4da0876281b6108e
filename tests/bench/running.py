"""Running a phase: ours in this process, a peer's in an environment of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.engines.local.pool import MEMORY_REUSE

PEERS = Path(__file__).parent / "peers"
REPEATS = 5
OWN_ENVIRONMENT = ("datasketch", "fasttext")  # peers that are among our own dependencies
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
ONE_THREAD = dict.fromkeys(THREADS, "1")


def reuse_memory() -> None:
    """Start this process again with the memory settings of our workers; peers inherit them."""
    if not MEMORY_REUSE.keys() <= os.environ.keys():
        command = [sys.executable, *sys.argv]
        os.execve(command[0], command, MEMORY_REUSE | os.environ)


@dataclass(frozen=True, slots=True)
class Timed:
    """Median CPU-seconds of one run, and what the last run gave."""

    cpu_seconds: float
    result: dict[str, Any] = field(default_factory=dict)


def run_ours(work: Callable[[], dict[str, Any]]) -> Timed:
    """Median of five runs after one that warms; short work is repeated up to 0.1 s per run."""
    started = time.process_time()
    result = work()
    warm = time.process_time() - started
    times = max(1, int(0.1 / max(warm, 1e-4))) if warm < 0.1 else 1
    spent = []
    for _ in range(REPEATS):
        started = time.process_time()
        for _ in range(times):
            work()
        spent.append((time.process_time() - started) / times)
    return Timed(statistics.median(spent), result)


def run_peer(
    name: str, phase: str, path: Path, folder: Path, *, repeats: int = REPEATS, model: str = ""
) -> Timed:
    """A peer's phase over a file. Raises CalledProcessError with the peer's words on stderr."""
    environment = {**os.environ, **ONE_THREAD, "CORPUSCOST_BENCH_MODEL": model}
    environment.pop("PYTHONPATH", None)
    command = [_python(name, folder), str(PEERS / f"{name}_peer.py"), phase, path, str(repeats)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    return Timed(statistics.median(result.pop("cpu_seconds")), result)


def packaged(name: str, folder: Path, file: str) -> Path:
    """A file that comes in a package of the environment ``name``."""
    return next(Path(_python(name, folder)).parent.parent.glob(f"lib/**/{file}"))


def _python(name: str, folder: Path) -> str:
    """The interpreter of a peer's environment, made on first use from its pinned versions."""
    if name in OWN_ENVIRONMENT:
        return sys.executable
    place = folder / f"venv-{name}"
    ready = place / ".installed"
    python = place / "bin" / "python"
    pins = PEERS / f"{name}.txt"
    if not ready.exists() or ready.read_text() != pins.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "-r", pins]
        subprocess.run(install, check=True, stdout=sys.stderr)
        ready.write_text(pins.read_text())
    return str(python)
