from __future__ import annotations

import gzip
import json
from collections import Counter
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from samples.labelled import write_labelled_set


def rows_of(path: Path) -> list[dict[str, str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.decode().split("\n") if line]


def test_labels_are_balanced_and_texts_distinct(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    write_labelled_set(path, 401, seed=3)
    rows = rows_of(path)
    assert Counter(row["label"] for row in rows) == {"keep": 201, "drop": 200}
    assert len({row["text"] for row in rows}) == 401
    labels = [row["label"] for row in rows]
    assert 150 < sum(a != b for a, b in pairwise(labels)) < 250  # mixed


def test_compressed_set_holds_the_same(tmp_path: Path) -> None:
    write_labelled_set(tmp_path / "a.jsonl", 50, seed=1)
    write_labelled_set(tmp_path / "b.jsonl.gz", 50, seed=1)
    assert rows_of(tmp_path / "a.jsonl") == rows_of(tmp_path / "b.jsonl.gz")


def test_no_text_is_in_the_corpus_of_the_same_seed(corpus) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(corpus.directory / "labelled.jsonl")
    assert len(rows) == corpus.manifest.labelled_documents == 4000
    assert not {row["text"] for row in rows} & set(corpus.texts.values())


def test_words_tell_the_labels_apart(corpus) -> None:  # type: ignore[no-untyped-def]
    """Promotional words alone find most low-quality documents of the corpus."""
    rows = rows_of(corpus.directory / "labelled.jsonl")
    counts: dict[str, Counter[str]] = {"keep": Counter(), "drop": Counter()}
    for row in rows:
        counts[row["label"]].update(row["text"].lower().split())
    telling = {
        word
        for word, times in counts["drop"].items()
        if times > 20 and times > 5 * counts["keep"][word]
    }

    def share(text: str) -> float:
        words = text.lower().split()
        return sum(word in telling for word in words) / len(words)

    english = [row for row in corpus.truth if row["language"] == "en"]
    low = [share(corpus.texts[r["id"]]) for r in english if r["kind"] == "low-quality"]
    good = [share(corpus.texts[r["id"]]) for r in english if r["kind"] == "prose"]
    limit = sorted(good)[len(good) * 95 // 100]
    assert sum(value > limit for value in low) / len(low) > 0.7


def test_the_set_of_the_default_recipe_is_made_here(tmp_path: Path) -> None:
    shipped = Path(str(files("pipeline.recipes") / "labelled-web-en.jsonl.gz"))
    write_labelled_set(tmp_path / "made.jsonl", 1600, seed=20261124)
    assert gzip.decompress(shipped.read_bytes()) == (tmp_path / "made.jsonl").read_bytes()
