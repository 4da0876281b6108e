"""Sample corpora with a known truth: made from a seed, read by nobody but tests and demos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samples.corpus import Manifest, generate

__all__ = ["Manifest", "generate"]


def __getattr__(name: str) -> Any:
    """Import the generator when it is asked for; ``import samples`` itself stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from samples import corpus

    return getattr(corpus, name)
