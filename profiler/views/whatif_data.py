"""What the page carries of the what-if: every draw of a budget, columns of one shape once."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from profiler.scaling.quantity import Draws, State
from profiler.views import figures
from profiler.views.outlook import outlook
from profiler.views.whatif import At, Part, WhatIf

LEVELS = 65_535
SAME_SHAPE = 1e-10  # relative to the mean


def what_if_data(found: WhatIf) -> dict[str, Any]:
    """Plain data for the script; README of its shape is ``templates/whatif.js``, which reads it.

    A column is [point, number] where all draws are equal, else [point, mean, number of a shape].
    """
    parts = list(dict.fromkeys(part for at in found.sizes for part in at.values))
    keys = [field.key for field in found.fields]
    tiers = list(found.tiers)
    shapes = _Shapes()
    return {
        "fields": [
            [each.point, *([each.point] if each.draws is None else shapes.of(each.draws))]
            for each in found.fields
        ],
        "tiers": [_tiers_data(found, name, keys) for name in tiers],
        "categories": categories(found),
        "parts": [
            {
                "category": categories(found).index(part.category),
                "method": part.method,
                "kept": keys.index(part.kept) if part.kept else -1,
                "inputs": [keys.index(name) for name in part.inputs if name not in tiers],
                "tiers": next((tiers.index(name) for name in part.inputs if name in tiers), -1),
            }
            for part in parts
        ],
        "share": _column(found.share, shapes),
        "sizes": [_size_data(at, parts, shapes) for at in found.sizes],
        "draws": max(values.size - 1 for at in found.sizes for values in at.values.values()),
        "shapes": [packed(shape) for shape in shapes.known],
    }


def categories(found: WhatIf) -> list[str]:
    """The categories that any part is of, in the order of the budget."""
    return list(dict.fromkeys(part.category for at in found.sizes for part in at.values))


def packed(values: Draws) -> dict[str, Any]:
    """The least value, and 16-bit counts of a step up from it, which is not 0.

    Steps are of the logarithm where all values are above 0: each is then as exact as any other,
    to (highest / lowest)^(1/131,070). Else they are of the value.
    """
    way = "log_step" if float(values.min()) > 0 else "step"
    scaled = np.log(values) if way == "log_step" else values
    low, high = float(scaled.min()), float(scaled.max())
    step = (high - low) / LEVELS
    counts = np.rint((scaled - low) / step).astype("<u2")
    return {"low": float(values.min()), way: step, "counts": _text(counts)}


class _Shapes:
    """Draws over their mean, each once: the same volume at two prices, or at two sizes."""

    def __init__(self) -> None:
        self.known: list[Draws] = []

    def of(self, draws: Draws) -> list[Any]:
        """[number] where all draws are equal; else the mean, and the number of the shape."""
        if draws.size == 0 or draws.min() == draws.max():
            return [float(draws[0])] if draws.size else [0.0]
        mean = float(draws.mean())
        if abs(mean) < SAME_SHAPE * float(np.abs(draws).max()):
            mean = 1.0
        shape = draws / mean
        for number, known in enumerate(self.known):
            if abs(shape[0] - known[0]) < SAME_SHAPE and np.allclose(
                shape, known, rtol=0.0, atol=SAME_SHAPE
            ):
                return [mean, number]
        self.known.append(shape)
        return [mean, len(self.known) - 1]


def _size_data(at: At, parts: Sequence[Part], shapes: _Shapes) -> dict[str, Any]:
    target, tokens, state = at.forecast.target, at.forecast.clean_tokens, at.forecast.state
    return {
        "label": figures.known(target.bytes, figures.BYTES),
        "raw_tb": target.stored_bytes.point / 1e12,
        "clean_tokens": None if tokens is None or state == "bounds" else tokens.point,
        "state": state,
        "facts": _facts(at),
        "columns": [
            _column(at.values[part], shapes) if part in at.values else [0.0, 0.0] for part in parts
        ],
    }


FACTS = ("clean text", "clean tokens", "documents kept", "CPU-hours")


def _facts(at: At) -> list[str]:
    forecast, state = at.forecast, cast(State, at.forecast.state)
    tokens = forecast.clean_tokens
    quantity = figures.figure_of_quantity
    return [
        str(quantity(forecast.clean_text_bytes, figures.BYTES, state)),
        figures.ABSENT if tokens is None else str(quantity(tokens, figures.SHORT_COUNTS, state)),
        str(quantity(forecast.clean_docs, figures.SHORT_COUNTS, state)),
        str(figures.figure_of(outlook(forecast).cpu_hours, figures.HOURS)),
    ]


def _column(values: Draws, shapes: _Shapes) -> list[Any]:
    """The point, and the draws."""
    return [float(values[0]), *shapes.of(values[1:])]


def _tiers_data(found: WhatIf, name: str, keys: Sequence[str]) -> dict[str, Any]:
    own = [number for number, field in enumerate(found.fields) if field.tiers == name]
    return {"ends_tb": [tier.up_to_tb for tier in found.tiers[name]], "fields": own}


def _text(counts: npt.NDArray[np.uint16]) -> str:
    return base64.b64encode(counts.tobytes()).decode("ascii")
