"""Least squares with coefficients that are not negative, for many small problems at once."""

from __future__ import annotations

import numpy as np

from profiler.scaling.quantity import Draws

_RIDGE = 1e-9  # of the diagonal: columns that move together share the cost


def solve_nonnegative(gram: Draws, moments: Draws) -> Draws:
    """Minimise  x' G x - 2 x' m  over x >= 0, for each G (…, k, k) and m (…, k).

    By trying every set of coefficients that are not 0: exact, for a handful of columns (Lawson
    and Hanson, Solving Least Squares Problems, 1974, ch. 23, for the conditions).
    """
    count = moments.shape[-1]
    best = np.zeros(moments.shape)
    least = np.zeros(moments.shape[:-1])
    for chosen in range(1, 1 << count):
        free = [place for place in range(count) if chosen >> place & 1]
        part = gram[..., free, :][..., free]
        diagonal = np.einsum("...ii->...i", part)
        usable = (diagonal > 0).all(axis=-1)
        ridged = part + np.einsum(
            "...i,ij->...ij", np.where(usable[..., None], _RIDGE * diagonal, 1.0), np.eye(len(free))
        )
        found = np.linalg.solve(ridged, moments[..., free, None])[..., 0]
        value = np.einsum("...i,...ij,...j->...", found, part, found)
        value = value - 2 * np.einsum("...i,...i->...", found, moments[..., free])
        better = usable & (found >= 0).all(axis=-1) & (value < least)
        least = np.where(better, value, least)
        full = np.zeros(moments.shape)
        full[..., free] = found
        best = np.where(better[..., None], full, best)
    return best
