"""The one way to compile a kernel, and where compiled code is kept.

numba invalidates a cached kernel when its own file changes, but not when a kernel that it calls
in another file does. The cache folder is therefore named by the source of all kernels. A change of
processor needs no name: numba's index of a kernel has the target's features in its keys.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar, cast

import numba
import numba.extending
import platformdirs

F = TypeVar("F", bound=Callable[..., Any])


def kernel_sources_digest() -> str:
    """First 16 hex digits of the SHA-256 of every kernel file, by name."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


CACHE_VARIABLE = "CORPUSCOST_CACHE"
WARMED = "warmed"  # a file in the cache once all kernels of a recipe were compiled
COMPILE_SECONDS = 180.0  # that another process is waited for; compiling all takes about 30
_POLL_SECONDS = 0.1


def cache_base() -> Path:
    """Where compiled code of this user is kept."""
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("corpuscost"))


def _cache_directory() -> Path | None:
    """A folder that we may write to, or None: then every process compiles for itself."""
    folder = cache_base() / "kernels" / kernel_sources_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


CACHE_DIRECTORY = _cache_directory()
if CACHE_DIRECTORY is not None:
    numba.config.CACHE_DIR = str(CACHE_DIRECTORY)


@contextmanager
def compiling(
    folder: Path | None = CACHE_DIRECTORY, patience_seconds: float = COMPILE_SECONDS
) -> Iterator[None]:
    """Hold while kernels are compiled for the first time: another process then waits, and loads
    what this one compiled. Who has waited too long compiles as well, which is harmless."""
    if folder is None or (folder / WARMED).exists():
        yield
        return
    with (folder / "lock").open("w") as lock:
        ends = time.monotonic() + patience_seconds
        while not _taken(lock) and time.monotonic() < ends:
            time.sleep(_POLL_SECONDS)
        yield
        (folder / WARMED).touch()


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def kernel(function: F) -> F:
    """Compile a function over arrays: no Python objects, no interpreter lock, cached on disk.

    It allocates nothing; scratch arrays come from the caller. So numba counts no references: with
    it, each array handed to a function costs atomic operations, in loops over words more than
    the work itself.
    """
    return _compiled(function, _nrt=False)


def allocating_kernel(function: F) -> F:
    """Compile a function that makes arrays; for what runs once per batch, not per document."""
    return _compiled(function)


def inlined(function: F) -> F:
    """Compile a small function that is inlined where it is called; it allocates nothing.

    LLVM inlines it: numba's own inlining ("always") of a decoder was measured ten times slower.
    """
    return _compiled(function, forceinline=True, _nrt=False)


def _compiled(function: F, **options: bool) -> F:
    cached = CACHE_DIRECTORY is not None
    compile_ = numba.njit(nogil=True, cache=cached, error_model="numpy", **options)
    return cast(F, compile_(function))


def intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function for kernels that is given as LLVM instructions.

    What it is called with in a kernel lacks its first parameter, the typing context.
    """
    return cast(Callable[..., Any], numba.extending.intrinsic(function))
