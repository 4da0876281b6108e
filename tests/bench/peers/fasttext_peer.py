"""The fastText library: the labels of a model whose path is in CORPUSCOST_BENCH_MODEL."""

from __future__ import annotations

import os
import re

import fasttext
from timed import Result, Work, documents, run

WHITE_SPACE = re.compile(r"[\t\n\f\r ]")  # what the recipe folds (RE2)


def quality(path: str) -> Work:
    """Documents that get at least half of the probability for label ``keep``."""
    rows = documents(path)
    model = fasttext.load_model(os.environ["CORPUSCOST_BENCH_MODEL"])

    def work() -> Result:
        lines = [WHITE_SPACE.sub(" ", row["text"]) for row in rows]
        labels, scores = model.predict(lines, k=-1)
        kept = []
        for row, names, values in zip(rows, labels, scores, strict=True):
            probability = dict(zip(names, values, strict=True))
            if probability.get("__label__keep", 0.0) >= 0.5:
                kept.append(row["id"])
        return {"kept": kept}

    return work


def language(path: str) -> Work:
    """The most probable label of each whole text."""
    rows = documents(path)
    model = fasttext.load_model(os.environ["CORPUSCOST_BENCH_MODEL"])

    def work() -> Result:
        lines = [WHITE_SPACE.sub(" ", row["text"]) for row in rows]
        labels, _ = model.predict(lines)
        return {"labels": [found[0] for found in labels]}

    return work


if __name__ == "__main__":
    run({"quality": quality, "language": language})
