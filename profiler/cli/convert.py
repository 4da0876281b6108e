"""corpuscost convert."""

from __future__ import annotations

from pathlib import Path

import click

from profiler.cli.options import json_option


@click.command()
@click.argument(
    "inputs",
    nargs=-1,
    required=True,
    metavar="PDF...",
    type=click.Path(path_type=Path),
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the record goes, e.g. conversion.json.",
)
@click.option(
    "--passes",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="How often every file is converted; its median counts.",
)
@click.option(
    "--file-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=120,
    show_default=True,
    help="A file that takes longer is left out, and told.",
)
@json_option
def convert(
    inputs: tuple[Path, ...], out: Path, passes: int, file_seconds: float, as_json: bool
) -> None:
    """Time the conversion of PDFs to text, to price the conversion of many.

    The text of every page of your files, or of all *.pdf in your folders, is taken out in one
    process. Files that cannot be converted are counted and left out. Scanned pages are counted
    too: they have no text layer, and nothing here recognises characters. A scenario with
    conversion.measured = "conversion.json" prices what was measured.

    \b
    Example:
      corpuscost convert papers/ --out conversion.json
      corpuscost convert a.pdf b.pdf --out conversion.json --passes 5 --json
    """
    from profiler.cli.output import print_json, stderr_console, stdout_console, talk
    from profiler.conversion.converter import require_converter
    from profiler.conversion.measuring import find_pdfs, measure_conversion
    from profiler.conversion.record import conversion_json, save_conversion
    from profiler.conversion.worker import Worker
    from profiler.views.terminal.conversion import ConversionBar, show_conversion

    require_converter()
    pdfs = find_pdfs(inputs)
    with Worker(file_seconds) as worker, ConversionBar(stderr_console()) as progress:
        record = measure_conversion(pdfs, worker, passes, progress)
    save_conversion(record, out)
    if as_json:
        print_json(conversion_json(record))
    else:
        show_conversion(record, stdout_console())
        talk(f"record: {out}; price it with --set conversion.measured={out.resolve()}")
