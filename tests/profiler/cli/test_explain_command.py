"""corpuscost explain, and corpuscost compare of two budgets, on files that the test writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from written_budgets import Json, capacity, document, line

from pipeline.errors import ConfigError
from profiler.cli.main import cli


def run(*arguments: str | Path, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments], text, catch_exceptions=False)


def refused(*arguments: str | Path, text: str | bytes | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        run(*arguments, text=text)
    return str(caught.value)


@pytest.fixture
def spring() -> Json:
    return document(
        [
            line("disks", capacity(100.0, 12.5)),
            line("IP pool", capacity(4.0, 2.5), category="crawling"),
            line("tape", None),
        ]
    )


@pytest.fixture
def file(spring: Json, tmp_path: Path) -> Path:
    path = tmp_path / "spring.json"
    path.write_text(json.dumps(spring), encoding="utf-8")
    return path


def test_a_line_is_explained(file: Path) -> None:
    result = run("explain", file, "IP pool")
    assert result.exit_code == 0
    assert "2. crawling: IP pool" in result.stdout
    assert "4 TB × 2.5 USD/TB × 1" in result.stdout
    data = json.loads(run("explain", file, "2", "--json").stdout)
    assert data["number"] == 2
    assert data["usd"]["point"] == data["reckoned_usd"] == 10.0
    assert data["term"]["parts"][0]["symbol"] == "V"


def test_without_a_line_the_lines_are_listed(file: Path) -> None:
    assert "IP pool" in run("explain", file).stdout
    data = json.loads(run("explain", file, "--json").stdout)
    assert [(row["number"], row["kind"]) for row in data["lines"]] == [
        (1, "counted"),
        (2, "counted"),
        (3, "unknown"),
    ]


def test_standard_input_is_read(file: Path) -> None:
    result = run("explain", "-", "total", text=file.read_bytes())
    assert "The sum of 2 counted lines is 1,260.00 USD: the total, to the cent." in result.stdout


def test_a_total_that_does_not_close_is_an_error_after_the_table(
    spring: Json, tmp_path: Path
) -> None:
    spring["total_usd"]["point"] = 1.0
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(spring), encoding="utf-8")
    assert "the total that the budget gives is 1.00 USD" in refused("explain", path, "total")
    assert "changed.json: the sum" in refused("explain", path, "total", "--json")


def test_what_is_no_budget_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path}: a folder; expected a budget, made by" in refused("explain", tmp_path)
    absent = tmp_path / "absent.json"
    assert "absent.json: no such file" in refused("explain", absent, "1")
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(b"\x1f\x8b\xff\xff")
    assert "packed.json.gz: not UTF-8 text" in refused("explain", packed)
    assert "standard input: not valid JSON" in refused("explain", "-", text="{")


def test_an_unknown_line_is_refused(file: Path) -> None:
    assert "did you mean\n2. crawling: IP pool" in refused("explain", file, "IP pol")


def test_budgets_are_compared(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "autumn.json"
    lines = [line("disks", capacity(200.0, 10.0)), line("tape", None)]
    other.write_text(json.dumps(document(lines)), encoding="utf-8")
    assert "volume +1,250.00; price -500.00" in run("compare", file, other).stdout
    data = json.loads(run("compare", file, other, "--json").stdout)
    disks = data["lines"][0]
    assert disks["difference_usd"] == 750.0
    assert disks["parts_usd"] == {
        "volume": 1250.0,
        "rate": 0.0,
        "price": -500.0,
        "plan": 0.0,
        "method": 0.0,
    }
    assert [change["group"] for change in disks["changes"]] == ["volume", "price"]
    assert data["total"]["parts_usd"]["method"] == -10.0
    assert data["total"]["difference_usd"] == 740.0
    assert data["settings"] == []


def test_a_budget_does_not_compare_with_a_run(file: Path, tmp_path: Path) -> None:
    assert "one is a file, the other a folder" in refused("compare", file, tmp_path)
    assert "one is a file, the other a folder" in refused("compare", tmp_path, file)
    assert "absent.json: no such file; expected a budget" in refused(
        "compare", file, tmp_path / "absent.json"
    )
