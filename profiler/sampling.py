"""Draw a random document sample out of many shards, as shards of its own beside a manifest.

Every document is chosen by a hash of its own place (``pipeline.reading.draw``), with the same
probability in every shard: the shards are strata. Systematic choice or windows of documents would
change how many pairs of copies a sample sees.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.local.plan import Workspace
from pipeline.engines.local.pool import Job, Outcome, Pool, Unwatched
from pipeline.engines.local.run import RunProgress, Silent
from pipeline.errors import CorpuscostError, RunError, ShardError
from pipeline.reading.draw import Draw, draw_of
from pipeline.reading.inputs import ShardFile, find_shards
from pipeline.reading.shard import ColumnNames
from profiler.drawing import Drawing, Drawn, drawing_message, drawn_of, join_files, serve
from profiler.machine import describe_versions
from profiler.record.sample import (
    SAMPLE_VERSION,
    Sample,
    SourceShard,
    load_sample,
    totals_of,
    write_sample,
)

__all__ = ["Options", "Sample", "draw_sample", "load_sample", "parse_fraction"]

MOST_FILES = 64
SMALL_SHARE = 0.25  # of two files that follow each other, in the first


@dataclass(frozen=True, slots=True)
class Options:
    """How to draw; the defaults are those of the command line."""

    seed: int = 1
    workers: int | None = None  # as many as there are vCPUs
    columns: ColumnNames = ColumnNames()  # noqa: RUF009  (frozen)
    skip_bad_shards: bool = False


Tell = Callable[[dict[str, Any]], None]
Run = Callable[[Sequence[Job], Tell], Iterator[Outcome]]  # does jobs, tells progress


@dataclass(frozen=True, slots=True)
class _Source:
    """The shards, how they are read, and the folder where the work lies."""

    files: Sequence[ShardFile]
    options: Options
    work: Path
    progress: RunProgress
    run: Run

    def target(self, number: int) -> Path:
        return self.work / "shards" / f"{number:06d}.parquet"


def draw_sample(
    inputs: Sequence[str | Path],
    out: str | Path,
    *,
    fraction: float | None = None,
    documents: int | None = None,
    options: Options | None = None,
    progress: RunProgress | None = None,
) -> Sample:
    """Draw a share of all documents, or a number of them, into the new folder ``out``.

    ``fraction`` reads the shards once; ``documents`` reads them twice, first to count: the ranks
    of all places then tell the one rank below which exactly so many lie. The same seed gives the
    same files whatever the number of workers. ``out`` appears whole or not at all. Raises
    ShardError for a shard that cannot be read (unless those are skipped), RunError for a folder
    that is not empty, CorpuscostError for what cannot be drawn.
    """
    _check_share(fraction, documents)
    options = options or Options()
    files = find_shards(inputs)
    with _unfinished(Path(out)) as work, _workers(len(files), options, work) as run:
        source = _Source(files, options, work, progress or Silent(), run)
        if fraction is not None:
            skipped: dict[int, str] = {}
            draw = draw_of(options.seed, fraction)
        else:
            assert documents is not None
            draw, fraction, skipped = _counted(source, documents)
        drawn = _read_all(source, draw, skipped, "drawing", write=True)
        shards = _collect(source, drawn, work / "sample")
        sample = Sample(
            schema_version=SAMPLE_VERSION,
            design="documents",
            fraction=fraction,
            documents_asked=documents,
            seed=options.seed,
            version=describe_versions()["corpuscost"],
            totals=totals_of(shards),
            inputs=tuple(shards),
            unreadable_places=tuple(
                place for number in sorted(drawn) for place in drawn[number].tally.places
            ),
            skipped_shards={files[number].name: skipped[number] for number in sorted(skipped)},
        )
        write_sample(sample, work / "sample")
        os.rename(work / "sample", out)
    return sample


def parse_fraction(text: str) -> float:
    """A share as "1%", "0.5 %" or "0.01"; CorpuscostError for one that is not in (0, 1]."""
    given = text.strip()
    try:
        value = float(given[:-1]) / 100 if given.endswith("%") else float(given)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise CorpuscostError(
            f"{text!r} is no share of the documents: expected more than 0 % and at most 100 %, "
            "as in 1% or 0.01"
        )
    return value


def _check_share(fraction: float | None, documents: int | None) -> None:
    if (fraction is None) == (documents is None):
        raise CorpuscostError("give the fraction of the documents to draw, or their number")
    if fraction is not None and not 0 < fraction <= 1:
        raise CorpuscostError(f"fraction {fraction}: expected more than 0 and at most 1")
    if documents is not None and documents < 1:
        raise CorpuscostError(f"{documents} documents: expected at least 1")


def _counted(source: _Source, documents: int) -> tuple[Draw, float, dict[int, str]]:
    """The draw of exactly so many documents, their share, and the shards that are skipped."""
    skipped: dict[int, str] = {}
    nothing = Draw(source.options.seed, -1)
    counted = _read_all(source, nothing, skipped, "counting", write=False)
    lengths = {number: each.tally.documents for number, each in counted.items()}
    draw = _draw_of_number(source.files, lengths, source.options.seed, documents)
    return draw, documents / sum(lengths.values()), skipped


def _draw_of_number(
    files: Sequence[ShardFile], lengths: dict[int, int], seed: int, documents: int
) -> Draw:
    """The draw of exactly so many documents: up to the rank of the last of them."""
    total = sum(lengths.values())
    if documents > total:
        raise CorpuscostError(
            f"{documents:,} documents asked for, but the shards hold {total:,}; profile them whole"
        )
    everything = Draw(seed, -1)
    smallest: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
    for number, length in lengths.items():
        positions = np.arange(length, dtype=np.uint32)
        ranks = np.concatenate([smallest, everything.ranks(files[number].name, positions)])
        cut_at = min(documents, len(ranks)) - 1
        smallest = np.partition(ranks, cut_at)[: cut_at + 1] if len(ranks) else ranks
    return Draw(seed, int(smallest.max()))


def _read_all(
    source: _Source, draw: Draw, skipped: dict[int, str], title: str, *, write: bool
) -> dict[int, Drawn]:
    """Read every shard that is not skipped; shards that cannot be read are noted in ``skipped``."""
    files = source.files
    todo = [number for number in range(len(files)) if number not in skipped]
    source.progress.leg(title, {number: files[number].bytes for number in todo})
    drawn: dict[int, Drawn] = {}
    jobs = [drawing_message(_drawing(source, number, draw, write=write)) for number in todo]
    for outcome in source.run(jobs, source.progress.moved):
        number = outcome.job["shard"]
        if outcome.event == "done":
            drawn[number] = drawn_of(outcome.message)
        else:
            fault = _fault(outcome, files[number].name)
            if not (source.options.skip_bad_shards and isinstance(fault, ShardError)):
                raise fault
            skipped[number] = str(fault).partition("\n")[0]
        source.progress.shard_done(number)
    return dict(sorted(drawn.items()))


@contextmanager
def _workers(shards: int, options: Options, work: Path) -> Iterator[Run]:
    """Worker processes for the jobs, or this process where one is enough."""
    count = min(options.workers or len(os.sched_getaffinity(0)), shards)
    if count == 1:
        yield _run_here
        return
    pool = Pool(Workspace(work), count, Unwatched(), module="profiler.drawing")
    try:
        yield pool.run
        pool.close()
    except BaseException:
        pool.kill()
        raise


def _run_here(jobs: Sequence[Job], tell: Tell) -> Iterator[Outcome]:
    for job in jobs:
        answers: list[dict[str, Any]] = []

        def answer(message: dict[str, Any], job: Job = job, answers: list[Any] = answers) -> None:
            if message["event"] == "progress":
                tell(job | message)
            else:
                answers.append(message)

        serve(job, answer)
        (last,) = answers
        yield Outcome(job, last["event"], last)


def _drawing(source: _Source, number: int, draw: Draw, *, write: bool) -> Drawing:
    file = source.files[number]
    return Drawing(
        number=number,
        path=str(file.path),
        name=file.name,
        bytes=file.bytes,
        format=file.format,
        columns=source.options.columns,
        draw=draw,
        target=str(source.target(number)) if write else None,
    )


def _fault(outcome: Outcome, name: str) -> CorpuscostError:
    message = outcome.message.get("message", "")
    if outcome.event == "died":
        return ShardError(
            f"a worker {message} on shard {name}; try fewer --workers, or --skip-bad-shards to "
            "leave it out"
        )
    if outcome.message.get("errno") == errno.ENOSPC:
        return RunError(f"disk full on shard {name}: {message}; free some space and draw again")
    if outcome.message.get("kind") == "ShardError":
        return ShardError(f"{message}\n(or leave such shards out with --skip-bad-shards)")
    return RunError(f"failed on shard {name}: {message}")


def _collect(source: _Source, drawn: dict[int, Drawn], folder: Path) -> list[SourceShard]:
    """Put the drawn documents into at most MOST_FILES files, shards next to each other together.

    Their order stays, so that a dedup keeps the same copies as in a run that draws on the fly.
    """
    folder.mkdir()
    groups = _groups([source.files[number].bytes for number in sorted(drawn)])
    names: dict[int, str] = {}
    members: dict[int, list[int]] = {}
    for number, group in zip(sorted(drawn), groups, strict=True):
        if drawn[number].documents:
            members.setdefault(group, []).append(number)
    if not members:
        total = sum(each.tally.documents for each in drawn.values())
        raise CorpuscostError(
            f"none of {total:,} documents was drawn; give a larger --fraction, or more shards"
        )
    for place, numbers in enumerate(members.values()):
        name = f"part-{place:05d}.parquet"
        join_files([source.target(number) for number in numbers], folder / name)
        names |= dict.fromkeys(numbers, name)
    return [
        _source_shard(source.files[number], names.get(number), drawn[number])
        for number in sorted(drawn)
    ]


def _groups(sizes: Sequence[int]) -> list[int]:
    """A group for each shard, ascending: one each, or MOST_FILES by stored bytes.

    Small and large files take turns, one to three: where all were alike, nothing would tell what a
    batch costs whatever is in it from what its documents cost.
    """
    if len(sizes) <= MOST_FILES:
        return list(range(len(sizes)))
    before = np.cumsum([0, *sizes[:-1]], dtype=np.float64)
    pairs = MOST_FILES / 2 * before / max(sum(sizes), 1)
    return (2 * np.floor(pairs) + (pairs % 1 >= SMALL_SHARE)).astype(int).tolist()


def _source_shard(file: ShardFile, name: str | None, drawn: Drawn) -> SourceShard:
    tally = drawn.tally
    return SourceShard(
        path=file.name,
        file=name,
        bytes=file.bytes,
        sha256=tally.sha256,
        decompressed_bytes=tally.decompressed_bytes,
        documents=tally.documents,
        text_bytes=tally.text_bytes,
        drawn_documents=drawn.documents,
        drawn_text_bytes=drawn.text_bytes,
        unreadable_records={kind: each.records for kind, each in tally.unreadable.items()},
    )


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    """A hidden folder beside ``out`` to work in, gone at the end."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out}: exists and is not empty; give another --out, or delete it")
    out.parent.mkdir(parents=True, exist_ok=True)
    work = out.parent / f".{out.name}.{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "shards").mkdir(parents=True)
    (work / "processes").mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
