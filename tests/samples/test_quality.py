"""Good prose passes the published rules and flawed documents break one, by a plain count here."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}


def repetition_share(words: list[str], size: int) -> float:
    """Share of n-grams that are repeats of an earlier one."""
    grams = list(zip(*(words[i:] for i in range(size)), strict=False))
    return 1 - len(set(grams)) / max(len(grams), 1)


def faults(text: str) -> set[str]:
    """Rules of Gopher, C4 and FineWeb that an English text breaks; plain and slow."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    tokens = text.split()
    lines = [line for line in text.split("\n") if line.strip()]
    chars = sum(map(len, words)) or 1
    doubles = Counter(pairwise(words))
    top_pair, times = doubles.most_common(1)[0] if doubles else (("", ""), 0)
    short = [line for line in lines if len(line) <= 30]
    ends = [line for line in lines if line[-1] in ".?!"]
    broken = {
        "length": not 50 <= len(words) <= 100_000,
        "mean word length": not 3 <= chars / max(len(words), 1) <= 10,
        "stop words": len(STOP_WORDS & set(words)) < 2,
        "symbols": (text.count("#") + text.count("...")) / len(tokens) > 0.1,
        "bullets": sum(line[0] in "•-" for line in lines) / len(lines) > 0.9,
        "ellipsis": sum(line.endswith("...") for line in lines) / len(lines) > 0.3,
        "alphabetic": sum(any(map(str.isalpha, token)) for token in tokens) / len(tokens) < 0.8,
        "duplicate lines": 1 - len(set(lines)) / len(lines) > 0.3,
        "top pair": times * len("".join(top_pair)) / chars > 0.2,
        "5-grams": repetition_share(words, 5) > 0.15,
        "10-grams": repetition_share(words, 10) > 0.10,
        "curly bracket": "{" in text,
        "lorem ipsum": "lorem ipsum" in text.lower(),
        "sentences": len(re.findall(r"[.?!](?=\s|$)", text)) < 5,
        "line ends": len(ends) / len(lines) < 0.12,
        "short lines": len(short) / len(lines) > 0.67,
        "consonants": len(re.findall(r"[bcdfghjklmnpqrstvwxz]{5}", text.lower())) / chars > 0.01,
    }
    return {name for name, is_broken in broken.items() if is_broken}


def test_prose_passes(corpus) -> None:  # type: ignore[no-untyped-def]
    for kind in ("prose", "low-quality"):
        texts = [
            corpus.texts[row["id"]]
            for row in corpus.truth
            if row["kind"] == kind and row["language"] == "en"
        ]
        assert sum(not faults(text) for text in texts) / len(texts) > 0.95


def test_copies_break_no_rule(corpus) -> None:  # type: ignore[no-untyped-def]
    for row in corpus.truth:
        if row["copy_of"] is not None and row["language"] == "en":
            assert faults(corpus.texts[row["id"]]) == set()


def test_flawed_documents_break_a_rule(corpus) -> None:  # type: ignore[no-untyped-def]
    flawed = [
        row
        for row in corpus.truth
        if row["language"] == "en" and row["kind"] not in ("prose", "low-quality", "gibberish")
    ]
    assert len({row["kind"] for row in flawed}) == 10
    missed = [row["kind"] for row in flawed if not faults(corpus.texts[row["id"]])]
    assert len(missed) < len(flawed) / 20


def test_each_flaw_breaks_its_own_rule(corpus) -> None:  # type: ignore[no-untyped-def]
    own = {
        "too-short": "length",
        "repeated-lines": "duplicate lines",
        "repeated-paragraphs": "5-grams",
        "bullet-list": "bullets",
        "symbol-heavy": "symbols",
        "ellipsis-lines": "ellipsis",
        "curly-bracket": "curly bracket",
        "lorem-ipsum": "lorem ipsum",
        "spam": "top pair",
    }
    for row in corpus.truth:
        if row["language"] == "en" and row["kind"] in own:
            assert own[row["kind"]] in faults(corpus.texts[row["id"]]), row["kind"]


def test_some_gibberish_has_stop_words(corpus) -> None:  # type: ignore[no-untyped-def]
    found = [faults(corpus.texts[r["id"]]) for r in corpus.truth if r["kind"] == "gibberish"]
    assert any("stop words" not in broken for broken in found)
    assert any("stop words" in broken for broken in found)


def test_sites_leave_lines_to_cut(corpus) -> None:  # type: ignore[no-untyped-def]
    prose = [
        corpus.texts[row["id"]]
        for row in corpus.truth
        if row["kind"] == "prose" and row["language"] == "en"
    ]
    cut = [
        [
            line
            for line in text.split("\n")
            if line and (len(re.findall(r"\w+", line)) < 5 or "javascript" in line.lower())
        ]
        for text in prose
    ]
    assert 0.2 < sum(map(bool, cut)) / len(prose) < 0.7


def test_near_families_hold_nothing_that_line_rules_cut(corpus) -> None:  # type: ignore[no-untyped-def]
    members = {pair[name] for pair in corpus.pairs for name in ("id_a", "id_b")}
    for member in members:
        for line in corpus.texts[member].split("\n"):
            assert line[-1] in ".?!"
            assert len(line.split()) >= 5
            assert not re.search("javascript|cookies|privacy policy|terms of use", line.lower())
