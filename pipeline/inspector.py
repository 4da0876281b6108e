"""Who may look at what the stages decided on a batch: verdicts, and text before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.document import Mask, TextView
from pipeline.observer import Session
from pipeline.stages.stage import Documents, Filter, Transform, Verdicts


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage did to a batch. ``verdicts`` is None for a transform.

    ``alive`` and ``before`` are as the stage received them, ``after`` as it left the text.
    """

    stage: str
    reasons: tuple[str, ...]
    alive: Mask
    verdicts: Verdicts | None
    before: TextView
    after: TextView


class Inspector(Protocol):
    """Shown each batch once, after its last stage of the leg."""

    def inspect(self, documents: Documents, steps: Sequence[Step]) -> None: ...


class InspectorFactory(Protocol):
    """Opens an inspector for one shard in one leg; what it gathered is in ``directory`` at exit.

    ``stages`` are all filters and transforms of the recipe, in order, not only this leg's.
    """

    def __call__(
        self,
        directory: Path,
        shard: str,
        seed: int,
        leg: int,
        stages: Sequence[Filter | Transform],
        settings: Mapping[str, str],
    ) -> Session[Inspector]: ...


class Uninspected:
    """The default: nobody looks."""

    def __init__(
        self,
        directory: Path,
        shard: str,
        seed: int,
        leg: int,
        stages: Sequence[Filter | Transform],
        settings: Mapping[str, str],
    ) -> None:
        del directory, shard, seed, leg, stages, settings

    def __enter__(self) -> Inspector:
        return self

    def __exit__(self, *failure: object) -> None:
        return None

    def inspect(self, documents: Documents, steps: Sequence[Step]) -> None:
        return None
