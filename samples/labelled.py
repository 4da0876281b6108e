"""A labelled set to train a quality classifier from, drawn apart from every corpus."""

from __future__ import annotations

from pathlib import Path

from samples.composition import MAX_DOCUMENT_BYTES, Unit, flawed, fluent_spam
from samples.domains import DOMAINS
from samples.draws import Draws
from samples.prose import good_prose
from samples.shards import gzip_member, json_line

LABELLED_DOCUMENTS = 4000
_CHINESE_SHARE = 0.15
_SHORTEST, _LONGEST = 60, 260  # words of a labelled document of good prose


def write_labelled_set(path: Path, documents: int = LABELLED_DOCUMENTS, seed: int = 1) -> None:
    """Write JSON lines {"label": "keep" or "drop", "text": …}, as many of either, in random order.

    Half of what is to be dropped is fluent prose of low quality, half has one of the flaws. A
    name that ends in .gz is compressed.
    """
    draws = Draws(seed, "labelled set")
    keep = documents - documents // 2
    lines = [json_line({"label": "keep", "text": text}) for text in _good_texts(keep, draws)]
    fluent = (documents - keep) // 2
    units = fluent_spam(fluent, draws) + flawed(documents - keep - fluent, draws)
    lines += [json_line({"label": "drop", "text": _text(unit)}) for unit in units]
    data = b"".join(lines[i] for i in draws.order(len(lines)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip_member(data) if path.suffix == ".gz" else data)


def _good_texts(count: int, draws: Draws) -> list[str]:
    chinese = round(_CHINESE_SHARE * count)
    texts = []
    for code, rows in (("en", count - chinese), ("zh", chinese)):
        if rows:
            lengths = draws.integers(_SHORTEST, _LONGEST, rows)
            texts += good_prose(code, lengths, draws.integers(0, len(DOMAINS), rows), draws)
    return texts


def _text(unit: Unit) -> str:
    return unit.members[0].text[:MAX_DOCUMENT_BYTES]
