"""A shard of which the first leg sees a random draw only: all of it is read, some goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.document import Mask, text_array, text_view
from pipeline.engines.local.chain import ShardSource
from pipeline.observer import Observer, Phase, Volume
from pipeline.reading.draw import Draw
from pipeline.stages.stage import Documents

SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class DrawnSource:
    """Documents of an input shard that are drawn, in batches as large as a whole shard's are.

    The phase "sample draw" has what was read and what was drawn of it. A document keeps its place
    in the shard.
    """

    source: ShardSource
    draw: Draw

    def batches(self, observer: Observer) -> Iterator[tuple[int, Documents]]:
        """Numbered batches of drawn documents, filled up to the batch size of the plan."""
        pending = _Pending()
        number = 0
        for place, documents in self.source.batches(observer):
            observer.begin(Phase(SAMPLE, "draw", self.source.name, place))
            chosen = self.draw.chosen(self.source.name, documents.positions)
            drawn = _taken(documents, chosen)
            full = pending.text_bytes + drawn.live_bytes > self.source.batch_bytes
            batch = pending.joined() if full and pending.parts else None
            pending.add(drawn)
            observer.end(Volume(len(documents), len(drawn), documents.live_bytes, drawn.live_bytes))
            if batch is not None:
                yield number, batch
                number += 1
        if pending.parts:
            observer.begin(Phase(SAMPLE, "join", self.source.name))
            batch = pending.joined()
            observer.end(Volume())
            yield number, batch


@dataclass(slots=True)
class _Pending:
    """Drawn documents that wait for a batch to be full."""

    parts: list[Documents] = field(default_factory=list)
    text_bytes: int = 0

    def add(self, documents: Documents) -> None:
        if len(documents):
            self.parts.append(documents)
            self.text_bytes += documents.live_bytes

    def joined(self) -> Documents:
        """All of them as one batch; nothing waits any more."""
        parts, self.parts, self.text_bytes = self.parts, [], 0
        if len(parts) == 1:
            return parts[0]
        text = text_view(pa.concat_arrays([text_array(each.text) for each in parts]))
        return Documents(
            pa.concat_batches([each.columns for each in parts]),
            text,
            np.ones(len(text), np.bool_),
            np.concatenate([each.script for each in parts]),
            np.concatenate([each.positions for each in parts]),
        )


def _taken(documents: Documents, chosen: Mask) -> Documents:
    if chosen.all():  # one huge document should not be copied
        return documents
    mask = pa.array(chosen)
    text = text_view(text_array(documents.text).filter(mask))
    alive = np.ones(len(text), np.bool_)
    columns = documents.columns.filter(mask)
    return Documents(columns, text, alive, documents.script[chosen], documents.positions[chosen])
