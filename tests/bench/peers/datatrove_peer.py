"""datatrove: FineWeb's filters and dedup with the thresholds of recipe web-en, spaCy's words."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.filters.c4_filters import C4QualityFilter
from datatrove.pipeline.filters.fineweb_quality_filter import FineWebQualityFilter
from datatrove.pipeline.filters.gopher_quality_filter import GopherQualityFilter
from datatrove.pipeline.filters.gopher_repetition_filter import GopherRepetitionFilter
from datatrove.utils import text as datatrove_text
from datatrove.utils.hashing import HashConfig, create_hash_func
from loguru import logger
from timed import Result, Work, documents, run

BANDS, ROWS = 14, 8


def filters() -> list[BaseFilter]:
    return [
        GopherQualityFilter(),
        GopherRepetitionFilter(),
        C4QualityFilter(filter_no_terminal_punct=False, min_words_per_line=5, min_num_sentences=3),
        FineWebQualityFilter(),
    ]


def corpus(path: str) -> list[Document]:
    return [Document(text=row["text"], id=row["id"]) for row in documents(path)]


def copies(rows: list[Document]) -> Iterator[Document]:
    """Fresh documents, since the C4 filter writes into them; words are split afresh as well."""
    datatrove_text.split_into_parts.cache_clear()
    return (Document(text=row.text, id=row.id) for row in rows)


def rules(path: str) -> Work:
    rows, chain = corpus(path), filters()

    def work() -> Result:
        kept, reasons = [], {}
        for row in copies(rows):
            reason = _first_reason(chain, row)
            if reason is None:
                kept.append(row.id)
            else:
                reasons[row.id] = reason
        return {"kept": kept, "reasons": reasons}

    return work


def _first_reason(chain: list[BaseFilter], row: Document) -> str | None:
    for judge in chain:
        verdict = judge.filter(row)
        keeps, reason = verdict if isinstance(verdict, tuple) else (verdict, judge.name)
        if not keeps:
            return reason
    return None


def digest(path: str) -> Work:
    rows = corpus(path)
    hash_of = create_hash_func(HashConfig(precision=64))

    def work() -> Result:
        first: dict[int, str] = {}
        for row in rows:
            text = " ".join(unicodedata.normalize("NFC", row.text).split())
            first.setdefault(hash_of(text), row.id)
        return {"kept": list(first.values())}

    return work


def signatures(path: str) -> Work:
    rows = corpus(path)
    stage = MinhashDedupSignature(tempfile.mkdtemp(), _config())

    def work() -> Result:
        found = [stage.get_shingles(row.text) for row in rows]
        return {"signatures": len([stage.get_signature(part) for part in found if part.size])}

    return work


def clusters(path: str) -> Work:
    rows, folder = corpus(path), Path(tempfile.mkdtemp())
    MinhashDedupSignature(str(folder / "signatures"), _config()).run(copies(rows))
    return lambda: {"kept": [row.id for row in _without_copies(rows, folder)]}


def recipe(path: str) -> Work:
    rows, folder = corpus(path), Path(tempfile.mkdtemp())

    def work() -> Result:
        stream = copies(rows)
        for judge in filters():
            stream = judge.run(stream)
        survivors = list(stream)
        MinhashDedupSignature(str(folder / "signatures"), _config()).run(iter(survivors))
        return {"kept": [row.id for row in _without_copies(survivors, folder)]}

    return work


def _config() -> MinhashConfig:
    return MinhashConfig(n_grams=5, num_buckets=BANDS, hashes_per_bucket=ROWS)


def _without_copies(rows: list[Document], folder: Path) -> list[Document]:
    """Stages 2 to 4 of datatrove's MinHash dedup, one task after the other."""
    for bucket in range(BANDS):
        MinhashDedupBuckets(
            str(folder / "signatures"), str(folder / "buckets"), config=_config()
        ).run(None, bucket, BANDS)
    MinhashDedupCluster(str(folder / "buckets"), str(folder / "removed"), config=_config()).run()
    return list(MinhashDedupFilter(str(folder / "removed")).run(iter(rows)))


if __name__ == "__main__":
    logger.remove()
    run(
        {
            "rules": rules,
            "digest": digest,
            "signatures": signatures,
            "clusters": clusters,
            "recipe": recipe,
        }
    )
