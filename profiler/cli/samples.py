"""corpuscost samples."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--size", default="40MB", show_default=True, help="UTF-8 text in all shards.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same files.")
def samples(directory: Path, size: str, seed: int) -> None:
    """Make sample shards in all formats that are read, with their truth beside them.

    \b
    Example:
      corpuscost samples samples-data --size 40MB --seed 1
    """
    import samples as corpus
    from profiler.cli.output import stderr_console
    from profiler.scaling.size import parse_size

    size_bytes = parse_size(size)
    with stderr_console().status("making sample shards"):
        manifest = corpus.generate(directory, size_bytes, seed)
    click.echo(f"{directory / 'shards'}: {len(manifest.shards)} shards")
    place = shlex.quote(str(directory / "shards"))
    click.echo(f"next: corpuscost profile {place} --out runs/samples")
