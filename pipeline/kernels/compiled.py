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
    """Compile a function over arrays: no Python objects, no interpreter lock, cached on disk."""
    compile_ = numba.njit(nogil=True, cache=CACHE_DIRECTORY is not None, error_model="numpy")
    return cast(F, compile_(function))


def inlined(function: F) -> F:
    """Compile a small helper that is inlined where it is called.

    LLVM inlines it: numba's own inlining ("always") of a decoder was measured ten times slower.
    """
    compile_ = numba.njit(
        nogil=True, cache=CACHE_DIRECTORY is not None, error_model="numpy", forceinline=True
    )
    return cast(F, compile_(function))
