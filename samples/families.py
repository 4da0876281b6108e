"""Near-duplicate families: an original, its changed copies, and how alike any two of them are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from samples.draws import Draws
from samples.duplicates import (
    HIGHEST_JACCARD,
    LOWEST_JACCARD,
    change_templates,
    edit_words,
    spread_targets,
)
from samples.language import Language, Tokens, jaccard, render, shingle_codes

_FAMILY_COPIES = (1, 1, 1, 1, 1, 1, 1, 2, 2, 4)  # each as likely: most families are pairs
_NEAR_ENOUGH = 0.04
_PATIENCE = 6  # attempts after which any Jaccard inside the range will do


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two members of a family (the original is 0) and the exact Jaccard of their 5-grams."""

    a: int
    b: int
    jaccard: float


@dataclass(frozen=True, slots=True)
class Family:
    """Texts of the original and its copies, what was changed in each, and all pairs."""

    texts: tuple[str, ...]
    changes: tuple[str, ...]
    likenesses: tuple[Likeness, ...]


def write_families(
    originals: Tokens, copies: list[int], language: Language, draws: Draws
) -> list[Family]:
    """A family for each original, with this many changed copies; Jaccard values spread evenly."""
    targets = iter(spread_targets(sum(copies), draws).tolist())
    families = []
    for row, count in enumerate(copies):
        members, changes = [originals.document(row)], ["none"]
        for _ in range(count):
            change = "template" if draws.happens(0.35) else "edits"
            members.append(_changed(members[0], next(targets), change, language, draws))
            changes.append(change)
        families.append(_family(members, changes, language))
    return families


def family_copies(copies: int, draws: Draws) -> list[int]:
    """How many changed copies each family has, ``copies`` in all."""
    counts: list[int] = []
    while copies > 0:
        counts.append(min(draws.pick(_FAMILY_COPIES), copies))
        copies -= counts[-1]
    return counts


def _changed(
    original: Tokens, target: float, change: str, language: Language, draws: Draws
) -> Tokens:
    """A copy whose Jaccard to the original is near the target, and inside [0.5, 0.95]."""
    codes = shingle_codes(language, original, 0)
    attempt = 0
    while True:
        patient = attempt < _PATIENCE
        aim = target if patient else 0.75
        if change == "template":
            copy = change_templates(original, aim, language, draws)
        else:
            copy = edit_words(original, np.array([aim]), language, draws)
        found = jaccard(codes, shingle_codes(language, copy, 0))
        inside = LOWEST_JACCARD <= found <= HIGHEST_JACCARD
        if inside and (not patient or abs(found - target) < _NEAR_ENOUGH):
            return copy
        attempt += 1


def _family(members: list[Tokens], changes: list[str], language: Language) -> Family:
    codes = [shingle_codes(language, member, 0) for member in members]
    likenesses = tuple(
        Likeness(a, b, jaccard(codes[a], codes[b])) for a, b in combinations(range(len(codes)), 2)
    )
    texts = tuple(render(language, member)[0] for member in members)
    return Family(texts, tuple(changes), likenesses)
