"""Small shards of made-up English in which most documents pass the filters and some are copies."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

COMMON = "the of and to in that it is was for on are as with they at be this have from or by"
RARE = (
    "river market winter teacher garden history machine village doctor music season letter island "
    "window captain forest station summer bridge kitchen author engine harbour picture valley "
    "science country morning evening animal printer council student farmer painter theatre"
)


def write_shard(path: Path, documents: int, seed: int, copies: int = 5) -> None:
    """JSONL of so many documents; the last ``copies`` repeat the first ones."""
    generator = np.random.default_rng(seed)
    texts = [_text(generator) for _ in range(documents - copies)]
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)]
    lines += [json.dumps({"id": f"copy-{n}", "text": texts[n]}) for n in range(copies)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _text(generator: np.random.Generator) -> str:
    sentences = []
    for _ in range(12):
        words = [
            str(generator.choice((COMMON if generator.random() < 0.45 else RARE).split()))
            for _ in range(14)
        ]
        sentences.append(" ".join(words).capitalize() + ".")
    return "\n".join(" ".join(sentences[n : n + 4]) for n in (0, 4, 8))
