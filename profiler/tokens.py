"""Tokens from bytes: a rate per script, published or measured on a subsample; else unknown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

MOST_UNKNOWN_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class TokenRates:
    """Bytes of UTF-8 text per token of each script, and where the rates come from."""

    bytes_per_token: dict[str, float]
    method: str

    def tokens(self, bytes_by_script: Mapping[str, int]) -> float | None:
        """Tokens of so many bytes per script; None when the rate is unknown for much of them.

        Up to MOST_UNKNOWN_SHARE of the bytes may be of scripts without a rate; they count at the
        rate of the others.
        """
        whole = sum(bytes_by_script.values())
        known = {s: size for s, size in bytes_by_script.items() if s in self.bytes_per_token}
        known_bytes = sum(known.values())
        if known_bytes < (1 - MOST_UNKNOWN_SHARE) * whole:
            return None
        tokens = sum(size / self.bytes_per_token[script] for script, size in known.items())
        return float(tokens * whole / known_bytes) if known_bytes else 0.0

    def described(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {"method": self.method, "bytes_per_token": self.bytes_per_token}


def published_rates() -> TokenRates:
    """Published rates, one source per script."""
    text = (resources.files("profiler") / "published" / "tokens.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["rate"]
    rates = {script: float(row["bytes_per_token"]) for row in rows for script in row["scripts"]}
    sources = "; ".join(f"{', '.join(row['scripts'])}: {row['source']}" for row in rows)
    return TokenRates(rates, f"published bytes per token by script ({sources})")


def measured_rates(counts: Mapping[str, tuple[int, int]], tokenizer: str) -> TokenRates:
    """Rates from (tokens, bytes) per script of a subsample that a real tokenizer split."""
    rates = {script: size / tokens for script, (tokens, size) in counts.items() if tokens}
    size = sum(size for _, size in counts.values())
    return TokenRates(rates, f"measured with {tokenizer} on a seeded subsample of {size} bytes")
