"""The parts of a run: each alone in the terminal, tables as CSV and Markdown, nothing acts."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import replace
from typing import get_args

import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from profiler.cli.show import show
from profiler.views.export.csv import FORMULA_STARTS
from profiler.views.export.run import SHARES, run_csv, run_markdown, run_rows
from profiler.views.parts import PARTS, TABLES, WHOLE, Part, TablePart
from profiler.views.printable import printable
from profiler.views.terminal.run import SHOW, show_run
from profiler.views.terminal.tables import LONGEST_NAME


def shown(record, *parts) -> str:
    stream = io.StringIO()
    show_run(record, Console(file=stream, width=80), parts or WHOLE)
    return stream.getvalue()


@pytest.fixture
def run(record, tmp_path, monkeypatch):
    monkeypatch.setattr("profiler.record.store.load", lambda path: record)
    return str(tmp_path)


def asked(*arguments: str):
    return CliRunner().invoke(show, list(arguments))


def test_every_name_is_a_part_and_the_parts_in_turn_are_the_whole(record):
    assert tuple(SHOW) == PARTS == get_args(Part)
    assert get_args(TablePart) == TABLES
    assert "".join(shown(record, part) for part in WHOLE) == shown(record)


def test_a_part_alone_has_its_heading_and_no_other(record):
    text = shown(record, "cpu")
    assert text.strip().startswith("What burns the CPU")
    assert "What survives" not in text
    assert "Ledger" in shown(record, "ledger")
    assert "Ledger" not in text


def test_sampled_documents_are_shown_only_to_who_asks(record):
    (first, *_) = run_rows(record, "dropped")
    title = f"{first['stage']}: {first['reason']}"
    assert title not in shown(record)
    text = shown(record, "dropped")
    assert title in text
    assert printable(first["id"], LONGEST_NAME) in text
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_the_largest_groups_follow_the_duplicates_that_were_asked_for(run, record):
    title = "The largest groups of duplicates"
    assert title not in shown(record)
    text = asked(run, "--part", "duplicates").output
    assert text.index("Duplicate groups by size") < text.index(title)
    assert text == asked(run, "--part", "duplicates", "--part", "groups").output
    assert asked(run, "--part", "groups").output.strip().startswith(title)
    for stage in ("exact-dedup", "near-dedup"):
        assert f"{stage}: 1,250 documents, 5.0 MB, in 2 shards" in text
        assert f"{stage}: 7 documents, 0.028 MB, in 1 shard\n" in text
    assert text.index("exact-dedup: 1,250") < text.index("near-dedup: 1,250")
    words = [line.split(" ")[0] for line in text[text.index(title) :].splitlines()]
    roles = [word for word in words if word in ("kept", "dropped")]
    assert roles == ["kept", "dropped", "dropped", "kept", "dropped"] * 2
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_a_record_without_groups_says_so(record):
    bare = record.tables | {"groups": record.tables["groups"].slice(0, 0)}
    text = shown(replace(record, tables=bare), "groups")
    assert "No group is recorded." in text
    assert run_markdown(replace(record, tables=bare), ["groups"]).endswith("None.\n")
    assert run_csv(replace(record, tables=bare), "groups") == ""


def test_exports_have_every_member_of_every_group(record):
    rows = run_rows(record, "groups")
    assert len(rows) == 10
    assert [row["stays"] for row in rows] == [True, False, False, True, False] * 2
    assert {row["shards_holding"] for row in rows} == {1, 2}
    read = list(csv.DictReader(io.StringIO(run_csv(record, "groups"))))
    assert [row["docs"] for row in read] == [str(row["docs"]) for row in rows]
    assert "'=HYPERLINK" in run_csv(record, "groups")


@pytest.mark.parametrize("part", TABLES)
def test_csv_reads_back_as_the_rows(record, part):
    rows = run_rows(record, part)
    read = list(csv.DictReader(io.StringIO(run_csv(record, part))))
    assert rows
    assert len(read) == len(rows)
    for written, row in zip(read, rows, strict=True):
        assert list(written) == list(row)
        for name, cell in row.items():
            if cell is None:
                assert written[name] == ""
            elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
                assert float(written[name]) == cell


def test_csv_keeps_a_spreadsheet_and_a_terminal_quiet(hostile_plan):
    record = hostile_plan[0]
    for part in TABLES:
        text = run_csv(record, part)
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs", "Co")]
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        words = [cell for cell in cells if not _number(cell)]
        assert not [cell for cell in words if cell.startswith(FORMULA_STARTS)]


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_markdown_has_no_tag_and_no_link(hostile_plan):
    text = run_markdown(hostile_plan[0], TABLES)
    assert "<" not in text
    assert not re.search(r"(?<!\\)://", text)
    assert "\x1b" not in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line[:1] == "|"}
    assert len(widths) <= len(TABLES)  # no bar of a name opens a column


def test_markdown_says_shares_in_percent_and_unknown_as_such(record):
    (row, *_) = run_rows(record, "funnel")
    line = next(
        line for line in run_markdown(record, ["funnel"]).splitlines() if row["stage"] in line
    )
    assert f"| {row['docs_in']:,} |" in line
    assert f"{100 * row['docs_kept']:.1f} %" in line
    assert all(isinstance(row[name], float) or row[name] is None for name in SHARES if name in row)
    assert "| – |" in run_markdown(record, ["cpu"])


def test_the_command_prints_parts_in_the_order_asked(run):
    done = asked(run, "--part", "cpu", "--part", "funnel")
    assert done.exit_code == 0
    assert 0 < done.output.index("What burns the CPU") < done.output.index("What survives")


def test_the_command_writes_csv_and_markdown(run, record):
    assert asked(run, "--part", "cpu", "--format", "csv").output == run_csv(record, "cpu")
    every = tuple(part for part in TABLES if part in WHOLE)
    assert asked(run, "--format", "markdown").output == run_markdown(record, every)


def test_the_command_writes_a_page_of_the_run_alone(run):
    page = asked(run, "--format", "html").output
    assert page.startswith("<!doctype html>")
    assert "What survives each stage" in page
    assert "What it costs" not in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "csv"], "one --part"),
        (["--format", "html", "--part", "cpu"], "without --part"),
        (["--format", "csv", "--part", "ledger"], "parts that are tables"),
        (["--format", "markdown", "--part", "cpu", "--part", "input"], "parts that are tables"),
        (["--json", "--part", "cpu"], "without --part"),
        (["--part", "costs"], "'costs' is not one of"),
    ],
)
def test_what_cannot_be_is_refused_with_the_next_step(run, options, said):
    done = asked(run, *options)
    assert done.exit_code == 2
    assert said in done.output


def test_sampled_documents_do_not_act_on_a_terminal(hostile_plan):
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system="truecolor")
    show_run(hostile_plan[0], console, PARTS)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())  # what rich itself colours
    assert "\x1b" not in plain
    for character in plain:
        assert character == "\n" or unicodedata.category(character) not in ("Cc", "Cs", "Co")
        assert unicodedata.bidirectional(character) not in (
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "RLI",
            "LRI",
        )
    assert "<script>" in plain  # shown as it is, no markup
