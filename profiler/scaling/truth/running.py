"""Runs the parts of ``make truth`` that are asked for, and writes the page."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import click

from profiler.scaling.truth.page import outcomes, page
from profiler.scaling.truth.plots import charts
from profiler.scaling.truth.tables import (
    Section,
    section_from_json,
    section_markdown,
    section_to_json,
    write_json,
)
from profiler.scaling.truth.trials import LEAST_DRAWS, SEED, Effort, Progress

PACKAGE = "profiler.scaling.truth"
PARTS = {
    "random": "random_documents",
    "repeats": "repeats_rows",
    "class": "class_rows",
    "foreign": "foreign",
    "census": "census_rows",
    "shards": "text_shards",
    "end-to-end": "end_to_end",
}
OF_TEXT = ("shards", "end-to-end")  # need the shared corpora
PROGRESS_SECONDS = 5.0


@click.command()
@click.option("--draws", default=LEAST_DRAWS, show_default=True, help="Draws per row.")
@click.option("--only", help=f"Parts to run, comma-separated: {', '.join(PARTS)}.")
@click.option("--processes", default=os.cpu_count() or 1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs"), show_default=True)
@click.option(
    "--shared",
    type=click.Path(exists=True, path_type=Path),
    envvar="CORPUSCOST_SHARED",
    help="Folder of real text, for the parts that need it.",
)
def main(draws: int, only: str | None, processes: int, out: Path, shared: Path | None) -> None:
    """Hold the estimators to wholes whose answer is known; write OUT/truth.md, .json and plots.

    Parts that are not run keep what OUT/truth.json has of them.
    """
    wanted = list(PARTS) if only is None else [part.strip() for part in only.split(",")]
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]}: expected {', '.join(PARTS)}", param_hint="--only")
    effort = Effort(draws, processes, shared=shared)
    held = kept_sections(out / "truth.json")
    for part in wanted:
        if part in OF_TEXT and shared is None:
            click.echo(f"{part}: left out, CORPUSCOST_SHARED is not set", err=True)
            continue
        started = time.monotonic()
        held[part] = part_run(part)(replace(effort, progress=shown_progress(part)))
        click.echo(section_markdown(held[part]))
        click.echo(f"{part}: {time.monotonic() - started:.0f} s", err=True)
        write(out, held, draws)
    missed = [(part, told) for part in wanted if part in held for told in outcomes(held[part])[1]]
    for part, told in missed:
        click.echo(f"MISSED {part}: {told}", err=True)
    click.echo(f"{len(missed)} goals missed; {out / 'truth.md'} is written", err=True)


def part_run(part: str) -> Callable[[Effort], Section]:
    """The part's ``section`` function; imported only when it runs."""
    found: Callable[[Effort], Section] = import_module(f"{PACKAGE}.{PARTS[part]}").section
    return found


def kept_sections(path: Path) -> dict[str, Section]:
    """Sections of an earlier run, by part; none where the file is missing."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))["sections"]
    return {part: section_from_json(each) for part, each in found.items() if part in PARTS}


def write(out: Path, held: dict[str, Section], draws: int) -> None:
    """The page, the figures behind it and the plots, from whatever sections there are."""
    sections = {part: held[part] for part in PARTS if part in held}
    plain = {part: section_to_json(section) for part, section in sections.items()}
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "truth.json", {"seed": SEED, "draws": draws, "sections": plain})
    (out / "truth.md").write_text(page(sections, draws), encoding="utf-8")
    rows = [row for section in sections.values() for row in section.rows]
    for name, text in charts(rows).items():
        (out / name).write_text(text, encoding="utf-8")


def shown_progress(part: str) -> Progress:
    """Prints to stderr now and then: a line in a log, the same line on a terminal."""
    last = 0.0
    started = time.monotonic()

    def show(done: int, wanted: int, name: str) -> None:
        nonlocal last
        now = time.monotonic()
        if done < wanted and now - last < PROGRESS_SECONDS:
            return
        last = now
        rest = (now - started) * (wanted - done) / max(done, 1)
        end = "\r" if sys.stderr.isatty() and done < wanted else "\n"
        click.echo(
            f"{part}: {done:,} of {wanted:,} draws, {rest:.0f} s left{end}", nl=False, err=True
        )

    return show
