"""Draw documents out of one shard into one file; also a worker process that does so.

The worker speaks as those of a run do (``pipeline.engines.local.worker``): JSON lines in, and
``{"event": "progress" | "done" | "failed", …}`` out.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import cattrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.document import SCHEMA
from pipeline.errors import CorpuscostError
from pipeline.reading.batches import cut
from pipeline.reading.columns import text_bytes
from pipeline.reading.draw import Draw
from pipeline.reading.inputs import ShardFile
from pipeline.reading.shard import BATCH_BYTES, ColumnNames, open_shard
from pipeline.reading.tally import ReadTally

_MOST_ROWS = 1 << 20  # pyarrow would cut a row group there
Answer = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One shard to draw from; no ``target`` is to count only."""

    number: int
    path: str
    name: str
    bytes: int
    format: str
    columns: ColumnNames
    draw: Draw
    target: str | None

    def file(self) -> ShardFile:
        return ShardFile(Path(self.path), self.name, self.bytes, self.format)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a shard gave; no file is left where no document was drawn."""

    tally: ReadTally
    documents: int
    text_bytes: int


def draw_shard(drawing: Drawing, progress: Callable[[int], None] | None = None) -> Drawn:
    """Read a shard once and write the drawn documents, in their order, as Parquet.

    Raises ShardError for a shard that cannot be opened or read; what was written of it is then
    no whole file, and the caller's to leave out. ``progress`` is told the stored bytes read.
    """
    shard = open_shard(drawing.file(), drawing.columns, progress)
    drawn = 0
    volume = 0

    def chosen() -> Iterator[pa.RecordBatch]:
        nonlocal drawn, volume
        first = 0
        for batch in shard.batches():
            positions = np.arange(first, first + batch.num_rows, dtype=np.uint32)
            first += batch.num_rows
            mask = drawing.draw.chosen(drawing.name, positions)
            if not mask.any():
                continue
            taken = batch.filter(pa.array(mask))
            drawn += taken.num_rows
            volume += text_bytes(taken)
            yield taken

    if drawing.target is None:
        for _ in chosen():
            pass
    else:
        write_documents(chosen(), Path(drawing.target))
    return Drawn(shard.tally, drawn, volume)


def write_documents(pieces: Iterable[pa.RecordBatch], path: Path) -> None:
    """Write documents as Parquet in row groups of about a batch; no documents, no file."""
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for batch in cut(pieces, BATCH_BYTES):
            if writer is None:
                # Text through a dictionary would hide how large its rows are from readers.
                writer = stack.enter_context(
                    pq.ParquetWriter(
                        path, SCHEMA, compression="zstd", use_dictionary=["source", "lang"]
                    )
                )
            writer.write_batch(batch, row_group_size=_MOST_ROWS)


def join_files(paths: list[Path], target: Path) -> None:
    """Make one file of several, in their order."""
    if len(paths) == 1:
        paths[0].rename(target)
        return
    write_documents(_row_groups(paths), target)
    for path in paths:
        path.unlink()


def _row_groups(paths: list[Path]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with pq.ParquetFile(path) as opened:
            for group in range(opened.num_row_groups):
                table = opened.read_row_group(group, use_threads=False)
                yield from table.cast(SCHEMA).combine_chunks().to_batches()


def drawing_message(drawing: Drawing) -> dict[str, Any]:
    """A drawing as it is sent to a worker."""
    return {"job": "draw", "shard": drawing.number, "drawing": asdict(drawing)}


def drawn_of(message: dict[str, Any]) -> Drawn:
    """What a worker answered."""
    return cattrs.structure(message["drawn"], Drawn)


def serve(message: dict[str, Any], answer: Answer) -> None:
    """Do what a message asks for, and answer with progress, then with how it ended."""
    drawing = cattrs.structure(message["drawing"], Drawing)
    try:
        drawn = draw_shard(
            drawing, lambda stored: answer({"event": "progress", "stored_bytes": stored})
        )
    except BrokenPipeError:
        raise
    except Exception as error:
        if not isinstance(error, CorpuscostError | OSError):
            import traceback

            traceback.print_exc()
        kind = "OSError" if isinstance(error, OSError) else type(error).__name__
        failure = {"event": "failed", "kind": kind, "message": str(error)}
        answer(failure | {"errno": getattr(error, "errno", None)})
    else:
        answer({"event": "done", "drawn": asdict(drawn)})


def main() -> int:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    answers = _private_stdout()

    def answer(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        for line in sys.stdin:
            serve(json.loads(line), answer)
    except BrokenPipeError:
        return 1
    return 0


def _private_stdout() -> TextIO:
    """The answers' channel; whatever else writes to standard output goes to standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
