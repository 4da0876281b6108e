from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict

import pytest


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def shingles(text: str) -> set[tuple[str, ...]]:
    """5-grams of English words and Chinese characters."""
    words = re.findall(r"[a-zà-ÿ]+|[\u4e00-\u9fff]", unicodedata.normalize("NFC", text).lower())
    return set(zip(*(words[i:] for i in range(5)), strict=False))


def jaccard(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> float:
    return len(a & b) / len(a | b)


def test_truth_has_a_row_per_document(corpus) -> None:  # type: ignore[no-untyped-def]
    truth = corpus.truth
    assert [row["id"] for row in truth] == [d.id for d in corpus.documents]
    assert len({row["url"] for row in truth}) == len(truth)
    assert len({row["id"] for row in truth}) == len(truth)
    places = [(row["shard"], row["position"]) for row in truth]
    assert places == sorted(places)
    for shard in {row["shard"] for row in truth}:
        positions = [row["position"] for row in truth if row["shard"] == shard]
        assert positions == list(range(len(positions)))


def test_texts_are_equal_exactly_within_exact_groups(corpus) -> None:  # type: ignore[no-untyped-def]
    groups = defaultdict(set)
    for row in corpus.truth:
        groups[folded(corpus.texts[row["id"]])].add(row["exact_group"])
    assert all(len(numbers) == 1 for numbers in groups.values())
    assert len(groups) == len({row["exact_group"] for row in corpus.truth})


def test_the_earliest_of_a_group_is_the_original(corpus) -> None:  # type: ignore[no-untyped-def]
    first: dict[int, str] = {}
    for row in corpus.truth:
        original = first.setdefault(row["family"], row["id"])
        is_first = original == row["id"]
        assert row["copy_of"] == (None if is_first else original)
        assert (row["is_exact_copy"] or row["is_near_copy"]) == (not is_first)
        assert not (row["is_exact_copy"] and row["is_near_copy"])
        if row["is_exact_copy"]:
            assert folded(corpus.texts[row["id"]]) == folded(corpus.texts[original])


def test_changes_are_what_they_say(corpus) -> None:  # type: ignore[no-untyped-def]
    seen: Counter[str] = Counter()
    for row in corpus.truth:
        if not row["is_exact_copy"]:
            continue
        text, original = corpus.texts[row["id"]], corpus.texts[row["copy_of"]]
        seen[row["change"]] += 1
        if row["change"] == "none":
            assert text == original
        elif row["change"] == "nfd":
            assert text != original
            assert unicodedata.normalize("NFC", text) == original
        else:
            assert text != original
            assert text.split() == original.split()
    assert set(seen) == {"none", "whitespace", "nfd"}


def test_copies_are_good_prose_and_share_what_filters_see(corpus) -> None:  # type: ignore[no-untyped-def]
    rows = {row["id"]: row for row in corpus.truth}
    copies = [row for row in corpus.truth if row["copy_of"] is not None]
    for row in copies:
        original = rows[row["copy_of"]]
        for name in ("kind", "language", "stated_language", "quality"):
            assert row[name] == original[name]
        assert row["kind"] == "prose"
        assert len(re.findall(r"\w", corpus.texts[row["id"]])) >= 130
        if row["language"] == "en":
            assert len(corpus.texts[row["id"]].split()) >= 95
    pairs = [(row, rows[row["copy_of"]]) for row in copies]
    assert any(a["shard"] != b["shard"] for a, b in pairs)
    assert any(a["source"] != b["source"] for a, b in pairs)


def test_stated_jaccard_is_that_of_the_texts(corpus) -> None:  # type: ignore[no-untyped-def]
    assert len(corpus.pairs) > 50
    families = {row["id"]: row["family"] for row in corpus.truth}
    for pair in corpus.pairs:
        a, b = (shingles(corpus.texts[pair[name]]) for name in ("id_a", "id_b"))
        assert pair["jaccard"] == jaccard(a, b)
        assert families[pair["id_a"]] == families[pair["id_b"]] == pair["family"]
    planted = [pair["jaccard"] for pair in corpus.pairs if pair["planted"]]
    assert min(planted) >= 0.5
    assert max(planted) <= 0.95
    bins = Counter(min(int((value - 0.5) / 0.15), 2) for value in planted)
    assert min(bins.values()) > len(planted) / 5


def test_every_near_copy_has_a_planted_pair(corpus) -> None:  # type: ignore[no-untyped-def]
    near = {row["id"]: row["copy_of"] for row in corpus.truth if row["is_near_copy"]}
    assert near == {pair["id_b"]: pair["id_a"] for pair in corpus.pairs if pair["planted"]}


def test_unrelated_documents_do_not_collide(corpus) -> None:  # type: ignore[no-untyped-def]
    """By brute force over one document of each family, all kinds and languages."""
    chosen = {row["family"]: row for row in corpus.truth}.values()
    by_kind = defaultdict(list)
    for row in chosen:
        by_kind[row["kind"]].append(shingles(corpus.texts[row["id"]]))
    grams = [gram for kind in by_kind.values() for gram in kind[:90] if gram]
    assert len(grams) > 250
    worst = max(jaccard(grams[i], grams[j]) for i in range(len(grams)) for j in range(i))
    assert worst < 0.2


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [("chinese", 0.10, 0.20), ("unstated", 0.01, 0.06), ("bad", 0.20, 0.32), ("near", 0.07, 0.13)],
)
def test_shares_of_documents(corpus, share: str, low: float, high: float) -> None:  # type: ignore[no-untyped-def]
    counts = {
        "chinese": sum(row["language"] == "zh" for row in corpus.truth),
        "unstated": sum(row["stated_language"] is None for row in corpus.truth),
        "bad": sum(row["quality"] == "drop" for row in corpus.truth),
        "near": sum(row["is_near_copy"] for row in corpus.truth),
    }
    assert low < counts[share] / len(corpus.truth) < high


def test_exact_copies_are_a_share_of_good_documents(corpus) -> None:  # type: ignore[no-untyped-def]
    good = sum(row["quality"] == "keep" for row in corpus.truth)
    copies = sum(row["is_exact_copy"] for row in corpus.truth)
    assert 0.11 < copies / good < 0.19


def test_stated_languages_are_true(corpus) -> None:  # type: ignore[no-untyped-def]
    for row in corpus.truth:
        assert row["stated_language"] in (None, row["language"])
        has_han = re.search(r"[\u4e00-\u9fff]", corpus.texts[row["id"]]) is not None
        assert has_han == (row["language"] == "zh")
