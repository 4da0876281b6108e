"""Where the figures of a run come from, as pairs of term and text: ledger, machine, input, …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from profiler.record.schema import Run
from profiler.record.store import Record
from profiler.views.figures import byte_count, duration, known, percent, seconds, whole
from profiler.views.funnel import share
from profiler.views.printable import printable

Pair = tuple[str, str]
PLACES_SHOWN = 3
SKIPPED_SHOWN = 20
LONGEST_TEXT = 400


def run_line(run: Run) -> str:
    """A run in one line: recipe, state, input, date."""
    recipe = printable(str(run.recipe.get("name", "unnamed")), 40)
    return f"{recipe}, {run.state}, {_input(run)}, {printable(run.started_at)[:10]}"


def input_pairs(run: Run) -> tuple[Pair, ...]:
    """What was read, what could not be read, and which shards were left out."""
    pairs = [
        ("input", _input(run)),
        ("sampling", f"design: {run.design}; seed {run.seed}{_drawn(run)}"),
        *_sum_of_records(run),
        *_unreadable(run),
        *_skipped(run),
    ]
    return tuple(pairs)


def _drawn(run: Run) -> str:
    source = run.sampled
    if source is None:
        return ""
    share_drawn = "" if source.fraction is None else f", each with probability {source.fraction:g}"
    return (
        f"; {whole(run.totals.docs_in)} of {whole(source.documents)} documents in "
        f"{_counted(source.shards, 'shard')} drawn at random{share_drawn}"
    )


def ledger_pairs(record: Record) -> tuple[Pair, ...]:
    """Whether documents, bytes and CPU close, with the numbers, and where they do not."""
    run, totals = record.run, record.run.totals
    drops = record.tables["drops"]
    docs, size = (sum(drops.column(name).to_pylist()) for name in ("docs", "bytes"))
    edited = sum(stage.edited_bytes for stage in run.stages)
    gap, system = totals.unattributed_cpu_seconds, totals.os_cpu_seconds
    tolerated = run.ledger.get("tolerated_cpu_seconds")
    texts = {
        "documents": f"{whole(totals.docs_in)} in = {whole(totals.docs_out)} out + "
        f"{whole(docs)} dropped",
        "bytes": f"{whole(totals.bytes_in)} in = {whole(totals.bytes_out)} out + "
        f"{whole(size)} dropped + {whole(edited)} cut out of kept documents",
        "cpu": f"operating system {seconds(system)} s = rows {seconds(totals.cpu_seconds)} s + "
        f"unattributed {gap:.2f} s ({percent(share(abs(gap), system))})"
        + (f"; up to {tolerated:.2f} s is tolerated" if tolerated is not None else ""),
    }
    pairs = [(name, _closed(run, name) + text) for name, text in texts.items()]
    faults = [str(fault) for fault in run.ledger.get("faults") or ()]
    listed = [("first faults" if n == 0 else "", printable(f, 200)) for n, f in enumerate(faults)]
    return (*pairs, *listed[:PLACES_SHOWN])


def method_pairs(run: Run) -> tuple[Pair, ...]:
    """How tokens were counted, what the meter itself cost, when and where the run took place."""
    return (
        ("tokens", _tokens(run.tokens)),
        ("meter", _meter(run)),
        ("machine", _flat(run.machine)),
        ("calibration", _flat(run.calibration) if run.calibration else "none"),
        ("workers", whole(run.workers)),
        ("started", f"{printable(run.started_at, 40)}, took {duration(run.wall_seconds)}"),
        ("recipe", _recipe(run.recipe)),
        ("versions", _flat(run.versions)),
    )


def ledger_closed(run: Run) -> bool | None:
    """Whether documents, bytes and CPU all close; None when the record does not say."""
    parts = [value for name, value in run.ledger.items() if name.endswith("_closed")]
    return all(parts) if parts else None


def _closed(run: Run, name: str) -> str:
    said = run.ledger.get(f"{name}_closed")
    return "" if said is None else ("closed: " if said else "DOES NOT CLOSE: ")


def _input(run: Run) -> str:
    totals = run.totals
    return (
        f"{_counted(len(run.inputs), 'shard')}, {byte_count(totals.stored_bytes)} stored, "
        f"{whole(totals.docs_in)} documents, {byte_count(totals.bytes_in)} of text"
    )


def _sum_of_records(run: Run) -> list[Pair]:
    if run.parts == 1:
        return []
    return [("sum of", f"{run.parts} records; copies of a document across them are not seen")]


def _unreadable(run: Run) -> list[Pair]:
    counts = run.totals.unreadable_records
    if not any(counts.values()):
        return [("unreadable", "no record")]
    sizes = run.totals.unreadable_bytes
    listed = ", ".join(
        f"{printable(kind, 40)}: {whole(count)} ({byte_count(sizes.get(kind, 0))})"
        for kind, count in sorted(counts.items())
        if count
    )
    places = run.unreadable_places
    first = [("first places" if n == 0 else "", printable(p, 200)) for n, p in enumerate(places)]
    return [("unreadable records", listed), *first[:PLACES_SHOWN]]


def _skipped(run: Run) -> list[Pair]:
    skipped = list(run.skipped_shards.items())
    pairs = [
        ("skipped shard", printable(f"{path}: {why}", LONGEST_TEXT))
        for path, why in skipped[:SKIPPED_SHOWN]
    ]
    more = len(skipped) - len(pairs)
    return [*pairs, *([("", f"and {more:,} more, in run.json")] if more else [])]


def _tokens(tokens: Mapping[str, Any]) -> str:
    method = tokens.get("method")
    rest = _flat({name: value for name, value in tokens.items() if name != "method"})
    return "; ".join(
        part for part in (printable(str(method or "not counted"), LONGEST_TEXT), rest) if part
    )


def _meter(run: Run) -> str:
    calls, cost = run.meter.get("calls", 0.0), run.meter.get("cpu_seconds", 0.0)
    per_call = run.meter.get("seconds_per_call", 0.0)
    part = cost / run.totals.os_cpu_seconds if run.totals.os_cpu_seconds else None
    return (
        f"{whole(calls)} calls × {per_call * 1e6:.1f} µs = {seconds(cost)} CPU-seconds, "
        f"{percent(part)} of the run"
    )


def _recipe(recipe: Mapping[str, Any]) -> str:
    stages = recipe.get("stages")
    names = [str(s["name"]) for s in stages if "name" in s] if isinstance(stages, list) else []
    words = [str(recipe.get("name", "unnamed")), str(recipe.get("description", ""))]
    return printable("; ".join(w for w in (*words, " → ".join(names)) if w), LONGEST_TEXT)


def _flat(values: Mapping[str, Any] | None) -> str:
    pairs = (
        f"{_label(str(name))} {_value(name, value)}"
        for name, value in (values or {}).items()
        if value is not None
    )
    return printable(", ".join(pairs), LONGEST_TEXT)


def _label(name: str) -> str:
    return printable(name.removesuffix("_bytes"), 40).replace("_", " ")


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return byte_count(value) if str(name).endswith("bytes") else known(value)
    if isinstance(value, Mapping):
        return f"({_flat(value)})"
    if isinstance(value, list | tuple):
        return " ".join(str(part) for part in value)
    return printable(str(value), 200)


def _counted(count: int, noun: str) -> str:
    return f"{whole(count)} {noun}{'' if count == 1 else 's'}"
