"""corpuscost sample."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from profiler.cli.options import column_names, json_option


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="New folder for the sample: Parquet shards and sample.json.",
)
@click.option("--fraction", metavar="SHARE", help="Share of the documents to draw: 1%, 0.01.")
@click.option(
    "--documents",
    type=click.IntRange(1),
    help="Draw exactly so many documents; reads the shards twice, first to count.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same documents.")
@click.option("--workers", type=click.IntRange(1), help="Worker processes [default: all vCPUs].")
@click.option(
    "--columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Name of the column that holds id, url, source, lang or text. May be repeated.",
)
@click.option("--skip-bad-shards", is_flag=True, help="Leave out shards that cannot be opened.")
@json_option
def sample(
    inputs: tuple[str, ...],
    out: Path,
    fraction: str | None,
    documents: int | None,
    seed: int,
    workers: int | None,
    columns: tuple[str, ...],
    skip_bad_shards: bool,
    as_json: bool,
) -> None:
    """Draw a random document sample from many shards, to be profiled.

    Every document of every shard is drawn with the same probability, on its own. INPUT is files,
    folders or globs of JSONL (.gz, .zst), Parquet or WET (.gz). CPU per byte of reading is that of
    the sample's Parquet then; `corpuscost profile --sample` measures it on your shards.

    \b
    Example:
      corpuscost sample crawl/ --out crawl-1pct --fraction 1%
      corpuscost profile crawl-1pct --out runs/crawl
    """
    from profiler import sampling
    from profiler.cli.output import print_json, stderr_console, talk
    from profiler.record.sample import sample_json
    from profiler.views.progress import LiveProgress

    if (fraction is None) == (documents is None):
        raise click.UsageError("give one of --fraction and --documents")
    options = sampling.Options(seed, workers, column_names(columns), skip_bad_shards)
    with LiveProgress(stderr_console()) as progress:
        drawn = sampling.draw_sample(
            inputs,
            out,
            fraction=None if fraction is None else sampling.parse_fraction(fraction),
            documents=documents,
            options=options,
            progress=progress,
        )
    totals = drawn.totals
    if as_json:
        print_json(sample_json(drawn))
    else:
        click.echo(
            f"{out}: {totals.drawn_documents:,} of {totals.documents:,} documents, "
            f"{totals.drawn_text_bytes:,} of {totals.text_bytes:,} bytes of text, "
            f"from {totals.shards:,} shards"
        )
    for name, reason in drawn.skipped_shards.items():
        talk(f"warning: left out {name}: {reason}")
    unreadable = sum(totals.unreadable_records.values())
    if unreadable:
        places = "; ".join(drawn.unreadable_places[:3])
        talk(f"warning: {unreadable:,} records could not be read, first {places}")
    place = shlex.quote(str(out))
    talk(f"next: corpuscost profile {place} --out runs/{shlex.quote(out.name)}")
