"""A unit of work that fails: what it had begun is removed, and the worker can go on."""

from __future__ import annotations

import pytest

from pipeline.engines.local.plan import Workspace, write_plan
from pipeline.engines.local.units import Units
from profiler.measurement import Options, make_plan
from profiler.meter import Meter


class FailingAtItsEnd:
    """An inspector whose notes cannot be written."""

    def __init__(self, *_: object) -> None:
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        raise OSError(28, "No space left on device")

    def inspect(self, documents, steps):
        return None


def ready(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "a few words"}\n')
    plan = make_plan([tmp_path / "in.jsonl"], Options(workers=1, recipe="web-multi"))
    workspace = Workspace(tmp_path / "work")
    workspace.root.mkdir()
    write_plan(plan, workspace)
    units = Units(plan, workspace)
    (tmp_path / "own").mkdir()
    own = Meter(tmp_path / "own")
    units.train_models(own)
    return units, own


def told(count):
    return None


def phases(own):
    return [(row["stage"], row["phase"]) for row in own.table().to_pylist()]


def test_a_unit_whose_books_cannot_be_closed_leaves_nothing_and_ends_its_phase(tmp_path):
    units, own = ready(tmp_path)
    units.inspector_factory = FailingAtItsEnd
    with pytest.raises(OSError, match="No space"):
        units.run_leg(0, 0, own, told, told)
    assert not list(units.workspace.root.glob("leg-0/*"))
    assert not list(units.workspace.root.glob("leg-0/.*"))
    del units.inspector_factory  # the next attempt has the one of the plan
    units.run_leg(0, 0, own, told, told)
    assert units.workspace.shard(0, 0).exists()
    assert phases(own)[-4:] == [("coordinate", "open unit"), ("profiling", "close books")] * 2


def test_a_unit_that_is_done_is_not_done_again(tmp_path):
    units, own = ready(tmp_path)
    units.run_leg(0, 0, own, told, told)
    made = units.workspace.shard(0, 0).stat().st_mtime_ns
    units.run_leg(0, 0, own, told, told)
    assert units.workspace.shard(0, 0).stat().st_mtime_ns == made
    assert phases(own)[-1] == ("coordinate", "open unit")
