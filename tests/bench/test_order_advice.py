"""The advised stage order, run: its CPU beside what the advice said, within 15 %.

On the samples, and on the shared corpora where CORPUSCOST_SHARED is set. Two recipes: web-en as it
is, and web-multi with the filters of every block in reverse, where there is much to gain. Dedups
are left out: no filter goes past one. Medians over runs of either order, taken in turns.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
from pathlib import Path

import pytest

import samples
from pipeline.recipes.catalog import load_recipe
from pipeline.recipes.recipe import Recipe
from pipeline.recipes.writing import recipe_toml
from profiler.measurement import Options, profile
from profiler.money.advice import Advice, advise_order, advised_recipe
from profiler.record.store import Record

pytestmark = pytest.mark.bench
REPEATS = 3
SAMPLE_BYTES = 40_000_000
TOLERANCE = 0.15


@pytest.fixture(scope="module", params=["samples", "corpora"])
def corpus(request, tmp_path_factory) -> list[Path]:
    if request.param == "samples":
        folder = tmp_path_factory.mktemp("samples")
        samples.generate(folder, SAMPLE_BYTES, seed=3)
        return [folder / "shards"]
    shared = os.environ.get("CORPUSCOST_SHARED")
    if not shared:
        pytest.skip("CORPUSCOST_SHARED is not set")
    return sorted((Path(shared) / "corpora").glob("*.parquet"))


def without_dedups(recipe: Recipe) -> Recipe:
    kinds = ("admission", "rules", "c4-lines")
    return dataclasses.replace(
        recipe, stages=tuple(spec for spec in recipe.stages if spec.kind in kinds)
    )


def backwards(recipe: Recipe) -> Recipe:
    """The filters of each block in reverse."""
    stages = list(recipe.stages)
    begin = 0
    for end in range(len(stages) + 1):
        if end == len(stages) or stages[end].kind != "rules":
            stages[begin:end] = reversed(stages[begin:end])
            begin = end + 1
    return dataclasses.replace(recipe, stages=tuple(stages))


def run(recipe: Recipe, corpus: list[Path], folder: Path) -> Record:
    folder.mkdir()
    path = folder / "recipe.toml"
    path.write_text(recipe_toml(recipe), encoding="utf-8")
    return profile(corpus, folder / "run", Options(recipe=str(path), workers=1))


def surely(advice: Advice) -> Advice:
    """The advice with the cheapest order taken, however little it spares."""
    blocks = (dataclasses.replace(block, worth=True) for block in advice.blocks)
    return dataclasses.replace(advice, blocks=tuple(blocks))


def spent(record: Record, names: tuple[str, ...]) -> float:
    return sum(stage.cpu_seconds for stage in record.run.stages if stage.stage in names)


@pytest.mark.parametrize(
    "recipe",
    [without_dedups(load_recipe("web-en")), backwards(without_dedups(load_recipe("web-multi")))],
    ids=["web-en", "web-multi-backwards"],
)
def test_the_advised_order_costs_what_was_predicted(recipe, corpus, tmp_path, capsys):
    first = run(recipe, corpus, tmp_path / "first")
    cheaper = advised_recipe(recipe, surely(advise_order(first)))
    predicted: dict[tuple[str, ...], list[float]] = {}
    measured: dict[tuple[str, ...], list[float]] = {}
    own: dict[tuple[str, ...], list[float]] = {}
    for number in range(REPEATS):
        present = run(recipe, corpus, tmp_path / f"present-{number}")
        again = run(cheaper, corpus, tmp_path / f"cheaper-{number}")
        for block in _predictions(present, cheaper):
            predicted.setdefault(block[0], []).append(block[1])
            measured.setdefault(block[0], []).append(spent(again, block[0]))
            own.setdefault(block[0], []).append(spent(present, block[0]))
    for names, figures in predicted.items():
        said, found = statistics.median(figures), statistics.median(measured[names])
        before = statistics.median(own[names])
        with capsys.disabled():
            print(
                f"\n{', '.join(names)}: run's order {before:.3f} s, predicted {said:.3f} s, "
                f"measured {found:.3f} s ({said / found - 1:+.1%})"
            )
        assert said == pytest.approx(found, rel=TOLERANCE)


def _predictions(present: Record, cheaper: Recipe) -> list[tuple[tuple[str, ...], float]]:
    """For each block its order in ``cheaper``, and what this run's advice says that costs."""
    from profiler.money.advice import predicted_loads
    from profiler.scaling.filter_blocks import measured_blocks

    place = {spec.name: number for number, spec in enumerate(cheaper.stages)}
    found = []
    for block in measured_blocks(present, 1, 10):
        filters = block.measured.filters
        order = sorted(range(len(filters)), key=lambda number: place[filters[number]])
        loads = predicted_loads(block, tuple(order))
        names = tuple(filters[number] for number in order)
        found.append((names, sum(load.cpu_seconds for load in loads)))
    return found
