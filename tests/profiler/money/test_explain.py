"""Lines of a budget are found, reckoned again, and add up to the total."""

from __future__ import annotations

import json

import pytest
from written_budgets import budget, capacity, document, line, read

from pipeline.errors import ConfigError
from profiler.money.explain import (
    explained,
    explanation_json,
    find_line,
    footing,
    footing_json,
    lines_json,
)
from profiler.money.written import WrittenBudget


@pytest.fixture
def several() -> WrittenBudget:
    return budget(
        line("disks, bought", capacity(100.0, 12.5)),
        line("disks, rented", capacity(100.0, 3.3333), counted=False),
        line("IP pool", capacity(7.0, 1.0), category="crawling"),
        line("compute: near", capacity(1.0, 20.005), category="cleaning", domain="web"),
        line("compute: near", capacity(3.0, 20.0), category="cleaning", domain="Books"),
        line("tape", None),
    )


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("3", 3),
        (" ip POOL ", 3),
        ("rented", 2),
        ("crawling", 3),
        ("web: compute: near", 4),
        ("books", 5),
        ("tape", 6),
    ],
)
def test_a_line_is_found_by_number_item_domain_or_part(
    several: WrittenBudget, wanted: str, number: int
) -> None:
    assert find_line(several, wanted, "b.json") == number


@pytest.mark.parametrize("wanted", ["0", "7", "99999999999999999999"])
def test_a_number_that_no_line_has(several: WrittenBudget, wanted: str) -> None:
    with pytest.raises(ConfigError, match=f"b.json: no line {wanted}, expected 1 to 6"):
        find_line(several, wanted, "b.json")


def test_several_lines_are_listed_with_their_numbers(several: WrittenBudget) -> None:
    with pytest.raises(ConfigError) as caught:
        find_line(several, "compute: near", "b.json")
    assert "2 lines fit 'compute: near'" in str(caught.value)
    assert "4. cleaning: web: compute: near\n5. cleaning: Books: compute: near" in str(caught.value)


def test_a_misspelt_line_gets_the_nearest(several: WrittenBudget) -> None:
    with pytest.raises(ConfigError, match=r"did you mean\n1\. storage: disks, bought"):
        find_line(several, "diks, bougt", "b.json")
    for wanted in ("zzzzz", "", "  "):
        with pytest.raises(ConfigError, match="corpuscost explain BUDGET lists the lines"):
            find_line(several, wanted, "b.json")


def test_a_line_is_explained_down_to_its_cents(several: WrittenBudget) -> None:
    found = explained(several, 4)
    assert found.holds
    assert found.exact_usd == found.reckoned_usd == 20.005
    assert found.line.usd is not None
    assert found.line.usd.point == round(20.005, 2)
    assert "the formula gives 20.005000 USD" in found.rounding
    assert f"{round(20.005, 2):.2f} USD, and the total adds such cents" in found.rounding
    assert found.about.startswith("Capacity that is bought once")
    assert found.why == "counted: part of the total"


def test_memo_and_unknown_lines_say_why_they_are_not_in_the_total(several: WrittenBudget) -> None:
    assert explained(several, 2).why.startswith("memo: ")
    unknown = explained(several, 6)
    assert unknown.why == "no USD and not in the total: not priced: nobody sells it"
    assert unknown.holds is None
    assert unknown.reckoned_usd is None


def test_a_file_that_was_changed_by_hand_does_not_hold() -> None:
    data = document([line("disks", capacity(100.0, 12.5)), line("more", capacity(1.0, 2.0))])
    data["lines"][0]["term"]["parts"][0]["point"] = 50.0
    data["lines"][1]["term"]["function"] = "storage.forgotten_usd"
    back = read(data)
    first, second = explained(back, 1), explained(back, 2)
    assert (first.holds, first.reckoned_usd, first.exact_usd) == (False, 625.0, 1250.0)
    assert (second.holds, second.reckoned_usd) == (False, None)
    assert "no formula 'storage.forgotten_usd'" in second.fault


def test_counted_lines_add_up_to_the_total(several: WrittenBudget) -> None:
    footed = footing(several)
    assert [number for number, _ in footed.counted] == [1, 3, 4, 5]
    assert footed.sum_usd == 1250.0 + 7.0 + round(20.005, 2) + 60.0
    assert footed.closes
    assert footed.verdict.endswith("the total, to the cent")


def test_a_total_that_is_off_by_a_cent_is_told() -> None:
    data = document([line("disks", capacity(100.0, 12.5))])
    data["total_usd"]["point"] += 0.01
    footed = footing(read(data))
    assert not footed.closes
    assert "1,250.00 USD, but the total that the budget gives is 1,250.01 USD" in footed.verdict


def test_json_has_the_whole_tree(several: WrittenBudget) -> None:
    data = json.loads(json.dumps(explanation_json(explained(several, 1)), allow_nan=False))
    assert data["formula"] == "V × C × n"
    assert data["substituted"] == "100 TB × 12.5 USD/TB × 1"
    assert [part["point"] for part in data["term"]["parts"]] == [100.0, 12.5, 1.0]
    assert data["term"]["parts"][1]["origin"] == {
        "kind": "price",
        "where": "disks (book, 2024-09): a list",
    }
    assert data["usd"]["point"] == 1250.0
    assert data["holds"] is True
    unknown = explanation_json(explained(several, 6))
    assert (unknown["term"], unknown["usd"], unknown["holds"]) == (None, None, None)
    assert len(lines_json(several)["lines"]) == 6
    assert footing_json(footing(several))["closes"] is True
