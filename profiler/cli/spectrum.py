"""corpuscost spectrum."""

from __future__ import annotations

from pathlib import Path

import click

from profiler.cli.options import json_option

POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sampled", required=True, type=POSITIVE, help="Documents that were sampled.")
@click.option("--total", required=True, type=POSITIVE, help="Documents of the whole.")
@click.option("--like", metavar="CLASS", help="Assume a reference class: common-crawl.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the draws.")
@json_option
def spectrum(
    file: Path, sampled: float, total: float, like: str | None, seed: int, as_json: bool
) -> None:
    """What dedup keeps of a whole, from the duplicate groups of a random sample.

    FILE is JSON: {"spectrum": [[size, groups], ...]}, how many groups of duplicates have how many
    documents in the sample; single documents are groups of size 1.

    \b
    Example:
      echo '{"spectrum": [[1, 92998], [2, 2800], [3, 350], [4, 88]]}' > groups.json
      corpuscost spectrum groups.json --sampled 100000 --total 1600000
      corpuscost spectrum groups.json --sampled 1e5 --total 1e8 --like common-crawl --json
    """
    from profiler.cli.output import print_json, stdout_console
    from profiler.scaling.dedup import answer_to_json, dedup_retention
    from profiler.scaling.spectrum import read_spectrum
    from profiler.views.terminal.spectrum import answer_lines

    found = dedup_retention(read_spectrum(file), sampled, total, like, seed)
    if as_json:
        print_json(answer_to_json(found))
        return
    stdout_console().print(answer_lines(found, sampled, total))
