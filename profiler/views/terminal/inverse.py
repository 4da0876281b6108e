"""The answers to the inverse questions, for a terminal."""

from __future__ import annotations

from rich.console import Console

from profiler.inversion import Answers
from profiler.views.inverse import answer_sentences, need_rows
from profiler.views.terminal.tables import bullets, heading, note, safe, table


def show_answers(answers: Answers, console: Console) -> None:
    """Print what the target takes, whether the plan fits, and how far the money goes."""
    console.print(safe("Answer", style="bold"))
    bullets(console, answer_sentences(answers))
    rows = () if answers.tokens is None else need_rows(answers.tokens)
    if not rows:
        return
    heading(console, "What the target takes")
    grid = table("", "point", "90 % interval")
    for row in rows:
        grid.add_row(safe(row.name), safe(row.point), safe(row.interval))
    console.print(grid)
    note(
        console,
        "Intervals are over the draws, each at the volume that it needs to reach the target; the "
        "estimate below is of the volume of the point.",
    )
