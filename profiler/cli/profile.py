"""corpuscost profile."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiler.cli.options import column_names, json_option

if TYPE_CHECKING:
    from profiler.record.schema import Design


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the record; a stopped run goes on there.",
)
@click.option("--recipe", default="web-en", show_default=True, help="Built-in name or TOML file.")
@click.option("--workers", type=click.IntRange(1), help="Worker processes [default: all vCPUs].")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of all samples drawn.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the documents that survive as Parquet into this folder.",
)
@click.option(
    "--columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Name of the column that holds id, url, source, lang or text. May be repeated.",
)
@click.option("--skip-bad-shards", is_flag=True, help="Leave out shards that cannot be opened.")
@click.option(
    "--sample",
    metavar="SHARE",
    help="Draw this share of the documents at random (1%, 0.01); all shards are read.",
)
@click.option(
    "--design",
    type=click.Choice(["documents", "shards", "block"]),
    help="What the inputs are of the whole: random documents, random shards, one block "
    "[default: documents when they are drawn, else shards].",
)
@click.option(
    "--tokenizer",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="tokenizer.json to measure tokens with (needs the extra: corpuscost[tokenizer]).",
)
@click.option("--memory", default="4GB", show_default=True, help="Limit of a dedup's resolve.")
@click.option("--keep-work", is_flag=True, help="Do not delete the intermediate files.")
@json_option
def profile(
    inputs: tuple[str, ...],
    out: Path,
    recipe: str,
    workers: int | None,
    seed: int,
    keep: Path | None,
    columns: tuple[str, ...],
    skip_bad_shards: bool,
    sample: str | None,
    design: Design | None,
    tokenizer: Path | None,
    memory: str,
    keep_work: bool,
    as_json: bool,
) -> None:
    """Run a recipe over sample shards and record what every stage kept and cost.

    INPUT is files, folders or globs of JSONL (.gz, .zst), Parquet or WET (.gz).

    \b
    Example:
      corpuscost profile data/*.parquet --out runs/mine --workers 2
      corpuscost profile crawl/ --out runs/crawl --columns text=content
      corpuscost profile crawl/ --out runs/crawl --sample 1%
    """
    from profiler import measurement
    from profiler.cli.output import stderr_console, talk
    from profiler.cli.show import print_record
    from profiler.sampling import parse_fraction
    from profiler.scaling.size import parse_size
    from profiler.unfinished import FinishedUnits
    from profiler.views.progress import run_progress

    options = measurement.Options(
        recipe=recipe,
        workers=workers,
        seed=seed,
        keep=keep,
        columns=column_names(columns),
        skip_bad_shards=skip_bad_shards,
        sample=1.0 if sample is None else parse_fraction(sample),
        design=design,
        tokenizer=tokenizer,
        memory_bytes=parse_size(memory),
        keep_work=keep_work,
    )
    try:
        units = FinishedUnits(out / measurement.WORK)
        with run_progress(stderr_console(), out.name, units.so_far) as progress:
            record = measurement.profile(inputs, out, options, progress)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on from here", err=True)
        raise
    print_record(record, as_json)
    for name, reason in record.run.skipped_shards.items():
        talk(f"warning: left out {name}: {reason}")
    unreadable = sum(record.run.totals.unreadable_records.values())
    if unreadable:
        talk(f"warning: {unreadable:,} records could not be read; `corpuscost show` says where")
    place = shlex.quote(str(out))
    talk(f"record: {out}")
    talk(f"next: corpuscost estimate {place} --scale 1PB")
