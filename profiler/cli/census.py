"""corpuscost census."""

from __future__ import annotations

from pathlib import Path

import click

from profiler.cli.options import RUN_DIRECTORY, column_names, json_option


@click.command()
@click.argument("run", type=RUN_DIRECTORY)
@click.argument("inputs", nargs=-1, required=True, metavar="MORE_SHARDS...")
@click.option("--workers", type=click.IntRange(1), help="Worker processes [default: all vCPUs].")
@click.option(
    "--columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Name of the column that holds id, url, source, lang or text. May be repeated.",
)
@click.option("--skip-bad-shards", is_flag=True, help="Leave out shards that cannot be opened.")
@click.option(
    "--files",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the recipe's model, where a classifier runs before dedup [default: here].",
)
@json_option
def census(
    run: Path,
    inputs: tuple[str, ...],
    workers: int | None,
    columns: tuple[str, ...],
    skip_bad_shards: bool,
    files: Path,
    as_json: bool,
) -> None:
    """Count copies of a run's documents in more shards, to know what dedup keeps.

    Up to 10,000 random documents of the run are looked up in as many shards as you can afford to
    read. Only hashing is paid for most of the text. A stopped census goes on with the same
    command, and later calls add more shards. Shards of the run itself may be among them.

    \b
    Example:
      corpuscost census runs/mine data/ --workers 2
      corpuscost census runs/mine more/*.parquet --json
    """
    from profiler.census.document import census_json
    from profiler.census.taking import Options, take_census
    from profiler.cli.output import print_json, stderr_console, stdout_console, talk
    from profiler.views.progress import LiveProgress
    from profiler.views.terminal.census import show_census

    options = Options(workers, column_names(columns), skip_bad_shards, files)
    try:
        with LiveProgress(stderr_console()) as progress:
            taken = take_census(run, inputs, options, progress)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on from here", err=True)
        raise
    if as_json:
        print_json(census_json(taken))
    else:
        show_census(taken, stdout_console())
    for name, reason in taken.account.skipped.items():
        talk(f"warning: left out {name}: {reason}")
    unreadable = sum(sum(shard.unreadable.values()) for shard in taken.account.shards)
    if unreadable:
        talk(f"warning: {unreadable:,} records could not be read; --json says where")
