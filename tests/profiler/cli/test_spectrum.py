"""corpuscost spectrum: anybody with a histogram of group sizes can use it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.errors import CorpuscostError
from profiler.cli.main import cli

PAIRS = [[1, 92_998], [2, 2800], [3, 350], [4, 88]]


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    """The groups of the command's own example, without the name in front."""
    path = tmp_path / "groups.json"
    path.write_text(json.dumps({"spectrum": PAIRS}), encoding="utf-8")
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["spectrum", *map(str, arguments)])


def answer(*arguments: object) -> dict[str, object]:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("total", ["100000", "1.6e6", "1e12"])
def test_json_has_the_keys_of_the_interface(groups: Path, total: str) -> None:
    data = answer(groups, "--sampled", 100_000, "--total", total)
    assert list(data["retention"]) == [
        "point",
        "low",
        "high",
        "outer_low",
        "outer_high",
        "method",
    ]
    assert data["state"] in ("estimate", "rough", "bounds")
    found = data["retention"]
    assert (found["point"] is None) == (data["state"] == "bounds")
    assert 0 <= found["outer_low"] <= found["low"] <= found["high"] <= found["outer_high"] <= 1
    json.dumps(data, allow_nan=False)


def test_a_whole_of_sixteen_samples_is_an_estimate_in_print(groups: Path) -> None:
    data = answer(groups, "--sampled", 100_000, "--total", 1.6e6)
    assert data["state"] in ("estimate", "rough")
    text = call(groups, "--sampled", 100_000, "--total", 1.6e6).stdout
    assert "100,000 documents sampled of 1,600,000 (1 in 16)" in text
    kept = re.search(r"dedup keeps of the whole: (\d+(\.\d+)?) %", text)
    assert kept is not None
    assert float(kept[1]) == pytest.approx(100 * data["retention"]["point"], abs=0.6)
    for words in ("90 % interval", "outer bounds, whatever the law", f"state: {data['state']}"):
        assert words in text


def test_bounds_only_has_no_point_in_print(groups: Path) -> None:
    data = answer(groups, "--sampled", 100_000, "--total", 1e12)
    assert data["state"] == "bounds"
    assert data["retention"]["point"] is None
    text = " ".join(call(groups, "--sampled", 100_000, "--total", 1e12).stdout.split())
    assert "state: bounds only: the sample carries no point" in text
    assert "90 % interval" not in text
    kept = re.search(r"dedup keeps of the whole: (.*) outer bounds", text)
    assert kept is not None
    assert "to" in kept[1] or "–" in kept[1]
    assert len(re.findall(r"\d+(?:\.\d+)?", kept[1])) == 2  # both ends, and nothing between


def test_documents_without_a_copy_may_be_left_out(groups: Path, tmp_path: Path) -> None:
    several = tmp_path / "several.json"
    several.write_text(json.dumps(PAIRS[1:]))
    documents = sum(size * groups for size, groups in PAIRS)
    whole = answer(groups, "--sampled", documents, "--total", 4e5)
    assert answer(several, "--sampled", documents, "--total", 4e5) == whole


def test_the_seed_determines_the_answer(groups: Path) -> None:
    one, two, other = (
        answer(groups, "--sampled", 100_000, "--total", 4e5, "--seed", seed) for seed in (5, 5, 6)
    )
    assert one == two
    assert one != other


def test_a_class_is_told_as_an_assumption(groups: Path) -> None:
    arguments = (groups, "--sampled", 100_000, "--total", 1e7, "--like", "common-crawl")
    data = answer(*arguments)
    assert data["refused"] or "assumed" in data["retention"]["method"]
    assert any("common-crawl" in note for note in data["notes"])
    near = answer(groups, "--sampled", 100_000, "--total", 1e6, "--like", "common-crawl")
    assert "below 30 times the sample alone is better" in near["notes"][0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ('{"groups": []}', "expected"),
        ('{"spectrum": [[0, 3]]}', "3 groups of size 0"),
        ('{"spectrum": [[1, 2.5]]}', "whole numbers"),
    ],
)
def test_a_file_that_is_no_spectrum_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text)
    result = call(path, "--sampled", 100, "--total", 1000)
    assert result.exit_code == 1
    assert isinstance(result.exception, (CorpuscostError, SystemExit))
    told = str(result.exception) + result.output
    assert str(path) in told
    assert words in told


def test_a_wrong_number_of_documents_is_an_error(groups: Path) -> None:
    result = call(groups, "--sampled", 5000, "--total", 1e6)
    assert result.exit_code == 1
    assert "5,000 were sampled" in str(result.exception) + result.output


def test_an_unknown_class_is_an_error_with_a_suggestion(groups: Path) -> None:
    result = call(groups, "--sampled", 1e5, "--total", 1e6, "--like", "comon-crawl")
    assert result.exit_code == 1
    assert "did you mean 'common-crawl'" in str(result.exception) + result.output


def test_a_file_that_is_missing_is_a_fault_of_use(tmp_path: Path) -> None:
    result = call(tmp_path / "none.json", "--sampled", 1, "--total", 2)
    assert result.exit_code == 2
    assert "none.json" in result.output


@pytest.mark.parametrize(
    ("sampled", "total"),
    [("nan", "1e6"), ("1e5", "nan"), ("1e5", "-3"), ("-1", "5"), ("0", "5"), ("1e5", "inf")],
)
def test_numbers_that_are_none_are_refused(groups: Path, sampled: str, total: str) -> None:
    result = call(groups, "--sampled", sampled, "--total", total)
    assert result.exit_code in (1, 2)
    assert result.exception is None or isinstance(result.exception, (CorpuscostError, SystemExit))
    assert "retention" not in result.stdout
