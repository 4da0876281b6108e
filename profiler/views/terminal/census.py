"""A census, for a terminal."""

from __future__ import annotations

from rich.console import Console

from profiler.census.counts import documents_read, met_again
from profiler.census.estimate import NeighbourGap, StageRetention, neighbour_gap, retentions
from profiler.census.store import Account, Census
from profiler.views.figures import (
    PERCENT,
    byte_count,
    duration,
    figure_of,
    seconds,
    short,
    three_digits,
    whole,
)
from profiler.views.terminal.tables import add, bullets, definitions, heading, note, safe, table

SHOWN = 5  # shards named one by one


def show_census(census: Census, console: Console) -> None:
    """Print how often the probes were met, and what dedup would keep of all that was read."""
    account = census.account
    title = f"Census of {len(census.counts):,} probes in {len(account.shards):,} more shards"
    console.print(safe(f"{title}: {account.state}", style="bold"))
    definitions(console, _summary(census))
    found = retentions(census)
    _show_retention(found, console)
    _show_copies(found, console)
    notes = _notes(census, found, neighbour_gap(census))
    heading(console, "How to read it")
    bullets(console, notes)
    if account.known:
        heading(console, "Shards that were not read, since their content is counted")
        bullets(console, _clipped([f"{name}: {why}" for name, why in account.known.items()]))
    if account.skipped:
        heading(console, "Shards left out as bad")
        bullets(console, _clipped([f"{name}: {why}" for name, why in account.skipped.items()]))


def _summary(census: Census) -> list[tuple[str, str]]:
    account = census.account
    first = account.stages[0]
    documents = sum(shard.documents for shard in account.shards)
    text_bytes = sum(shard.text_bytes for shard in account.shards)
    unreadable = sum(sum(shard.unreadable.values()) for shard in account.shards)
    return [
        (
            "read",
            f"{whole(documents)} documents, {byte_count(text_bytes)} of text"
            + (f"; {whole(unreadable)} records could not be read" if unreadable else ""),
        ),
        (
            "reach dedup",
            f"about {short(round(first.read_documents))} of them, beside "
            f"{short(round(first.run_documents))} of the run",
        ),
        ("cost", _cost(account, text_bytes)),
    ]


def _cost(account: Account, text_bytes: int) -> str:
    spent = f"{seconds(account.cpu_seconds)} CPU-seconds, {duration(account.wall_seconds)}"
    counting = sum(shard.cpu_seconds for shard in account.shards)
    if not counting or not text_bytes:
        return spent
    filters = ", ".join(account.early_filters) or "none"
    return (
        f"{spent}; {three_digits(text_bytes / 1e6 / counting)} MB of text per CPU-second of "
        f"counting; filters run on all documents: {filters}"
    )


def _show_retention(found: tuple[StageRetention, ...], console: Console) -> None:
    heading(console, "What dedup keeps of all that was read, the run included")
    grid = table("stage", "docs kept", "text kept", "state")
    for stage in found:
        add(
            grid,
            stage.stage,
            str(figure_of(stage.own, PERCENT)),
            str(figure_of(stage.own_bytes, PERCENT)),
            stage.own.state,
        )
    if len(found) > 1:
        last = found[-1]
        add(
            grid,
            "all dedups together",
            str(figure_of(last.combined, PERCENT)),
            str(figure_of(last.combined_bytes, PERCENT)),
            last.combined.state,
        )
    console.print(grid)
    note(console, "In parentheses: 90 % interval (5 % and 95 % quantiles).")


def _show_copies(found: tuple[StageRetention, ...], console: Console) -> None:
    heading(console, "Copies of the probes")
    grid = table("stage", "probes", "with copies", "most copies")
    for stage in found:
        add(
            grid,
            stage.stage,
            whole(stage.probes),
            whole(stage.with_copies),
            whole(stage.most_copies - 1),
        )
    console.print(grid)
    note(console, "Copies count only when they would reach dedup, as told by the filters.")


def _notes(
    census: Census, found: tuple[StageRetention, ...], gap: NeighbourGap | None
) -> list[str]:
    read = documents_read(census, census.account.stages[0])
    notes = [
        "The figures hold for what was read: if the whole is larger than these "
        f"{short(round(read))} documents, it has more copies, and dedup keeps less.",
        f"{found[0].combined.method[0].upper()}{found[0].combined.method[1:]}.",
    ]
    if gap is not None:
        notes.append(
            "A MinHash probe sees its direct neighbours, not the whole component. Inside the run "
            f"neighbours say {100 * gap.by_neighbours:.2f} % and components "
            f"{100 * gap.by_components:.2f} %: a gap of {gap.points:.2f} points, which may be "
            "wider in more documents."
        )
    if census.account.sampled:
        notes.append(
            "The run is a sample of documents: copies are counted in the shards read here only, "
            "and a probe that was met again in its own shard is no copy of itself."
        )
    if met_again(census):
        notes.append(
            "WARNING: nearly every probe has an equal document in the shards read, so the run's "
            "own documents seem to be among them, counted twice. Draw the sample with `corpuscost "
            "sample` or `profile --sample`, which note where a document comes from."
        )
    return notes


def _clipped(lines: list[str]) -> list[str]:
    more = len(lines) - SHOWN
    return lines if more <= 0 else [*lines[:SHOWN], f"and {more:,} more"]
