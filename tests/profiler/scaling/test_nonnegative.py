"""Least squares without negative coefficients, against SciPy's solver."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from profiler.scaling.nonnegative import solve_nonnegative


@pytest.mark.parametrize("seed", range(20))
def test_the_same_as_the_solver_for_one_problem(seed):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(12, 4))
    values = random.normal(size=12) + rows @ np.array([1.0, 0.0, -1.0, 2.0])
    found = solve_nonnegative(rows.T @ rows, rows.T @ values)
    assert found == pytest.approx(nnls(rows, values)[0], abs=1e-6)


def test_many_problems_at_once():
    random = np.random.default_rng(3)
    rows = random.normal(size=(5, 3, 9, 4))
    values = random.normal(size=(5, 3, 9))
    grams = np.einsum("...ni,...nj->...ij", rows, rows)
    moments = np.einsum("...ni,...n->...i", rows, values)
    found = solve_nonnegative(grams, moments)
    for place in np.ndindex(5, 3):
        assert found[place] == pytest.approx(nnls(rows[place], values[place])[0], abs=1e-6)


def test_a_column_of_zeros_costs_nothing_and_equal_columns_share():
    rows = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 0.0]])
    values = np.array([4.0, 8.0])
    found = solve_nonnegative(rows.T @ rows, rows.T @ values)
    assert found[2] == 0
    assert found[0] + found[1] == pytest.approx(4.0)
