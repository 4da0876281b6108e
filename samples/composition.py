"""What a corpus is made of: units of one document, of exact copies, or of near copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from samples.domains import DOMAINS
from samples.draws import Draws, Integers, lognormal_table, weighted_table
from samples.duplicates import decomposed, double_spaces, group_sizes
from samples.english import english
from samples.families import Likeness, family_copies, write_families
from samples.flawed import CHINESE_FLAWS, ENGLISH_FLAWS
from samples.language import sprinkle, write
from samples.prose import MIN_WORDS, finish, good_prose, language_of, low_quality

Relation = Literal["alone", "exact", "near"]
Progress = Callable[[int, int], None]

# Shares of all documents. With copies at 15 % of good documents these make about a quarter bad.
FLAWED_SHARE = 0.20
LOW_QUALITY_SHARE = 0.05
NEAR_COPY_SHARE = 0.10
EXACT_COPY_SHARE = 0.15 * (1 - FLAWED_SHARE - LOW_QUALITY_SHARE)
LARGEST_GROUP_SHARE = 0.05
_CHINESE_SHARE = 0.185  # of units that are not near copies: 15 % of all documents
_UNSTATED_SHARE = 0.03  # of units name no language
_ACCENTED_SHARE = 0.3  # of English groups of exact copies hold accented words

MAX_DOCUMENT_BYTES = 200_000
_BYTES_PER_WORD = 6.3  # of English text, spaces included
_MEAN_DOCUMENT_BYTES = 2700  # over all kinds; only fixes how many documents are not plain prose
_PROSE_BATCH = 400


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before it has a place and an address."""

    text: str
    kind: str
    language: str
    domain: int
    change: str = "none"

    @property
    def quality(self) -> str:
        """The label that a perfect pipeline would give: keep or drop."""
        return "keep" if self.kind == "prose" else "drop"


@dataclass(frozen=True, slots=True)
class Unit:
    """Documents that belong together; the first is the original."""

    members: tuple[Draft, ...]
    relation: Relation = "alone"
    states_language: bool = True
    likenesses: tuple[Likeness, ...] = ()

    @property
    def text_bytes(self) -> int:
        return sum(len(member.text.encode()) for member in self.members)


def compose(size_bytes: int, seed: int, progress: Progress | None = None) -> list[Unit]:
    """Units of ``size_bytes`` of text in all, to within one document."""
    documents = size_bytes // _MEAN_DOCUMENT_BYTES
    tell = progress or _tell_nobody
    units = exact_groups(documents, Draws(seed, "exact groups"))
    tell(_text_bytes(units), size_bytes)
    units += near_families(documents, Draws(seed, "near families"))
    tell(_text_bytes(units), size_bytes)
    units += flawed(round(FLAWED_SHARE * documents), Draws(seed, "flawed"))
    units += fluent_spam(round(LOW_QUALITY_SHARE * documents), Draws(seed, "low quality"))
    return units + _plain_prose(size_bytes, _text_bytes(units), Draws(seed, "prose"), tell)


def exact_groups(documents: int, draws: Draws) -> list[Unit]:
    """Groups of equal prose, for a corpus of so many documents."""
    sizes = group_sizes(
        round(EXACT_COPY_SHARE * documents), round(LARGEST_GROUP_SHARE * documents), draws
    )
    lengths = lognormal_table(320, 0.6, MIN_WORDS, 1200)
    units = []
    for size in sizes:
        code = _language(draws)
        count = lengths[draws.shorts(1)]
        units.append(_exact_group(size, code, count, draws))
    return units


def near_families(documents: int, draws: Draws) -> list[Unit]:
    """Families of near copies of English prose, for a corpus of so many documents.

    Their pages hold nothing that C4's line rules cut, so that the stated Jaccard outlives them.
    """
    copies = family_copies(round(NEAR_COPY_SHARE * documents), draws)
    counts = lognormal_table(280, 0.4, MIN_WORDS + 20, 800)[draws.shorts(len(copies))]
    originals = write(english(), counts, draws)
    units = []
    for family in write_families(originals, copies, english(), draws):
        members = tuple(
            Draft(text, "prose", "en", _domain(draws), change)
            for text, change in zip(family.texts, family.changes, strict=True)
        )
        units.append(Unit(members, "near", _states_language(draws), family.likenesses))
    return units


def flawed(count: int, draws: Draws) -> list[Unit]:
    """Documents with one flaw each."""
    tables = {}
    for code, flaws in (("en", ENGLISH_FLAWS), ("zh", CHINESE_FLAWS)):
        names = list(flaws)
        tables[code] = [
            names[i] for i in weighted_table([weight for _, weight in flaws.values()], 1024)
        ]
    units = []
    for _ in range(count):
        code = _language(draws)
        kind = draws.pick(tables[code])
        write_flaw, _weight = (ENGLISH_FLAWS if code == "en" else CHINESE_FLAWS)[kind]
        units.append(_alone(write_flaw(language_of(code), draws), kind, code, draws))
    return units


def fluent_spam(count: int, draws: Draws) -> list[Unit]:
    """Fluent prose of low quality."""
    codes = [_language(draws) for _ in range(count)]
    units = []
    for code in ("en", "zh"):
        rows = codes.count(code)
        if rows == 0:
            continue
        counts = lognormal_table(300, 0.6, MIN_WORDS, 2000)[draws.shorts(rows)]
        domains = draws.integers(0, len(DOMAINS), rows)
        texts = low_quality(code, counts, domains, draws)
        units += [
            _alone(text, "low-quality", code, draws, int(domain))
            for text, domain in zip(texts, domains, strict=True)
        ]
    return units


def _plain_prose(size_bytes: int, written: int, draws: Draws, tell: Progress) -> list[Unit]:
    """Single documents of good prose until ``size_bytes`` are written."""
    longest = min(MAX_DOCUMENT_BYTES, size_bytes // 60) / _BYTES_PER_WORD * 0.95
    lengths = lognormal_table(400, 0.9, MIN_WORDS, int(longest))
    units: list[Unit] = []
    while written < size_bytes:
        for text, code, domain in _prose_batch(lengths, draws):
            if written >= size_bytes:
                break
            units.append(_alone(text, "prose", code, draws, domain))
            written += len(text.encode())
        tell(min(written, size_bytes), size_bytes)
    return units


def _prose_batch(lengths: Integers, draws: Draws) -> list[tuple[str, str, int]]:
    """Text, language and domain of some documents, languages mixed."""
    counts = lengths[draws.shorts(_PROSE_BATCH)]
    domains = draws.integers(0, len(DOMAINS), _PROSE_BATCH)
    is_chinese = np.array([_language(draws) == "zh" for _ in range(_PROSE_BATCH)])
    batch: list[tuple[str, str, int]] = []
    for code, rows in (("en", ~is_chinese), ("zh", is_chinese)):
        texts = good_prose(code, counts[rows], domains[rows], draws)
        batch += [(text, code, int(d)) for text, d in zip(texts, domains[rows], strict=True)]
    return [batch[i] for i in draws.order(len(batch))]


def _exact_group(size: int, code: str, count: Integers, draws: Draws) -> Unit:
    language = language_of(code)
    tokens = write(language, count, draws)
    accented = code == "en" and draws.happens(_ACCENTED_SHARE)
    if accented:
        tokens = sprinkle(language, tokens, np.array([0.01]), language.accented, draws)
    domain = _domain(draws)
    text = finish(language, tokens, np.array([domain]), draws)[0]
    members = [Draft(text, "prose", code, domain)]
    for _ in range(size - 1):
        changed, change = _exact_copy(text, accented, draws)
        members.append(Draft(changed, "prose", code, _domain(draws), change))
    return Unit(tuple(members), "exact", _states_language(draws))


def _exact_copy(text: str, accented: bool, draws: Draws) -> tuple[str, str]:
    """A copy that is equal after NFC and folding of white space, and what was changed in it."""
    chance = draws.integer(0, 4)
    if chance == 0:
        return double_spaces(text, draws), "whitespace"
    if chance == 1 and accented:
        return decomposed(text), "nfd"
    return text, "none"


def _alone(text: str, kind: str, code: str, draws: Draws, domain: int | None = None) -> Unit:
    place = _domain(draws) if domain is None else domain
    return Unit((Draft(text, kind, code, place),), states_language=_states_language(draws))


def _text_bytes(units: list[Unit]) -> int:
    return sum(unit.text_bytes for unit in units)


def _tell_nobody(done: int, whole: int) -> None:
    return None


def _language(draws: Draws) -> str:
    return "zh" if draws.happens(_CHINESE_SHARE) else "en"


def _domain(draws: Draws) -> int:
    return draws.integer(0, len(DOMAINS))


def _states_language(draws: Draws) -> bool:
    return not draws.happens(_UNSTATED_SHARE)
