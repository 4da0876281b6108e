"""The one way to compile a kernel, and where compiled code is kept.

numba invalidates a cached kernel when its own file changes, but not when a kernel that it calls
in another file does. The cache folder is therefore named by the source of all kernels.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

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


def _cache_directory() -> Path | None:
    """A folder that we may write to, or None: then every process compiles for itself."""
    base = os.environ.get("CORPUSCOST_CACHE") or platformdirs.user_cache_dir("corpuscost")
    folder = Path(base) / "kernels" / kernel_sources_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


CACHE_DIRECTORY = _cache_directory()
if CACHE_DIRECTORY is not None:
    numba.config.CACHE_DIR = str(CACHE_DIRECTORY)


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
