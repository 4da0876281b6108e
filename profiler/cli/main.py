"""The command line: every command a few lines over the library.

Exit codes, for all commands: 0 done; 1 the input, the run or a file of the user's is bad (the
message on standard error says what and what next); 2 the command was called wrongly; 3 the plan
exceeds the budget that was given, or the target is out of reach.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

import click

from pipeline.errors import CorpuscostError

# Before NumPy is loaded: its matrices are small here, and threads that wait for one another only
# double the CPU. DuckDB has threads of its own.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

COMMANDS: Mapping[str, tuple[str, str]] = {
    "samples": ("profiler.cli.samples:samples", "Make sample shards to try everything on."),
    "profile": ("profiler.cli.profile:profile", "Run a recipe over shards and measure it."),
    "sample": ("profiler.cli.sample:sample", "Draw a random document sample from shards."),
    "show": ("profiler.cli.show:show", "Show what a run measured."),
    "census": ("profiler.cli.census:census", "Count copies of a run's documents in more shards."),
    "calibrate": ("profiler.cli.calibrate:calibrate", "Time dedups on keys of larger sizes."),
    "convert": ("profiler.cli.convert:convert", "Time the conversion of PDFs to text."),
    "estimate": ("profiler.cli.estimate:estimate", "Scale a run to the whole and price it."),
    "batch": ("profiler.cli.batch:batch", "Profile all domains of a plan into one budget."),
    "scenario": ("profiler.cli.scenario:scenario", "Write a scenario to fill in, or check one."),
    "report": ("profiler.cli.report:report", "Write one HTML page of runs and estimates."),
    "advise": ("profiler.cli.advise:advise", "Say which order of the filters would cost less."),
    "spectrum": ("profiler.cli.spectrum:spectrum", "What dedup keeps of a whole, from groups."),
    "explain": ("profiler.cli.explain:explain", "Where each dollar of a budget comes from."),
    "compare": ("profiler.cli.compare:compare", "Compare two runs, or two budgets."),
    "recipes": ("profiler.cli.built_in:recipes", "List the built-in recipes, or print one."),
    "prices": ("profiler.cli.built_in:prices", "List the price books, or print one."),
    "published": ("profiler.cli.built_in:published", "Published figures that runs compare with."),
}


class LazyCommands(click.Group):
    """Imports a command only when it is called: ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, COMMANDS[name][1]) for name in COMMANDS]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 the input or the run is bad, 2 wrong usage, 3 the plan exceeds "
    "the budget or the target is out of reach.",
)
@click.version_option(package_name="corpuscost")
def cli() -> None:
    """What does it cost to prepare an LLM pre-training corpus?

    Profile a few sample shards, then scale what was measured to the whole.

    \b
    Example:
      corpuscost samples samples-data
      corpuscost profile samples-data/shards --out runs/samples
      corpuscost estimate runs/samples --scale 1PB
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: faults of the user's become a message and exit code 1."""
    try:
        cli(args=None if arguments is None else list(arguments), standalone_mode=True)
    except CorpuscostError as error:
        _fail(f"error: {error}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        hint = "; free some space and run the same command again" * (error.errno == errno.ENOSPC)
        _fail(f"error: {error}{hint}")


def _fail(message: str) -> NoReturn:
    from profiler.cli.output import talk

    talk(message)
    sys.exit(1)


if __name__ == "__main__":
    main()
