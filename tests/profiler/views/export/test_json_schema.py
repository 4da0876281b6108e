"""The published schema describes the JSON of a budget, and refuses broken documents."""

from __future__ import annotations

import copy
import json
from datetime import date

import jsonschema
import pytest
from made_up_estimations import made_up_estimation

from profiler.views.export import KINDS, budget_bytes, write_budget
from profiler.views.export.json import budget_schema, estimation_json, json_text

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def validator():
    schema = budget_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(validator, document):
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(document)]


@pytest.fixture(scope="module")
def document(everything):
    return json.loads(json_text(everything))


def test_a_budget_of_one_corpus_is_valid(validator, alone):
    document = json.loads(json_text(alone))
    assert not faults(validator, document)
    assert document["target"]["basis"] == "stored"


def test_a_budget_of_domains_is_valid_and_has_their_forecasts(validator, document, everything):
    assert not faults(validator, document)
    assert [domain["name"] for domain in document["domains"]] == ["web", "books"]
    assert document["domains"][1]["state"] == "bounds"
    assert {line["domain"] for line in document["lines"]} == {"", "web", "books"}
    assert document == estimation_json(everything)


def test_another_currency_is_valid(validator):
    shown = made_up_estimation("money.currency=EUR", "money.currency_per_usd=0.9")
    document = json.loads(json_text(shown))
    assert document["currency"]["code"] == "EUR"
    assert not faults(validator, document)


def line_of(document, *, known):
    return next(line for line in document["lines"] if (line["usd"] is not None) == known)


def deepest(term):
    while term["parts"]:
        term = term["parts"][-1]
    return term


ANSWER = {"target_tokens": None, "budget": None, "met": False}


BREAKS = {
    "no lines": lambda d: d.pop("lines"),
    "neither target nor domains": lambda d: d.pop("domains"),
    "total without point": lambda d: d["total_usd"].pop("point"),
    "a text as a cost": lambda d: line_of(d, known=True)["usd"].update(point="12.00"),
    "a cost below 0": lambda d: line_of(d, known=True)["usd"].update(low=-1),
    "an unknown cost that is counted": lambda d: line_of(d, known=False).update(counted=True),
    "an unknown cost without a note": lambda d: line_of(d, known=False).update(note=""),
    "an unknown category": lambda d: d["lines"][0].update(category="lunch"),
    "an unknown key": lambda d: d["lines"][0].update(usd_per_month=1),
    "a payment that there is not": lambda d: d["lines"][0].update(payment="yearly"),
    "a cost without a term": lambda d: line_of(d, known=True).update(term=None),
    "a broken leaf": lambda d: deepest(line_of(d, known=True)["term"]).pop("unit"),
    "a leaf of no origin": lambda d: deepest(line_of(d, known=True)["term"])["origin"].update(
        kind="guess"
    ),
    "a formula gone": lambda d: line_of(d, known=True)["term"].update(formula=""),
    "a point in state bounds": lambda d: d["domains"][1]["stages"][1]["retention"].update(
        point=0.5
    ),
    "a basis that there is not": lambda d: d["domains"][0]["target"].update(basis="zip"),
    "a stage without CPU": lambda d: d["domains"][0]["stages"][0].pop("cpu_hours"),
    "a price without source": lambda d: d["prices"][0].update(source=""),
    "a date that is none": lambda d: d["prices"][0].update(as_of="last year"),
    "a domain without name": lambda d: d["domains"][0].update(name=""),
    "a driver without a total": lambda d: d["drivers"][0].pop("usd_at_low"),
    "cash before the first month": lambda d: d["cash"][0].update(first_month=0),
    "an answer that is none": lambda d: d.update(inverse={"met": "yes"}),
    "a total without lines beside an answer": lambda d: (d.pop("lines"), d.update(inverse=ANSWER)),
    "warnings as one text": lambda d: d.update(warnings="old prices"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_document_is_refused(validator, document, name):
    broken = copy.deepcopy(document)
    BREAKS[name](broken)
    assert faults(validator, broken)


def test_an_answer_without_an_estimate_is_valid(validator):
    assert not faults(validator, {"inverse": ANSWER})
    assert faults(validator, {"warnings": []})


def test_a_batch_in_which_all_failed_is_valid(validator):
    batch = {"ended": {"web": "failed"}, "failed": {"web": "no shards"}, "files": []}
    assert not faults(validator, batch)
    assert faults(validator, batch | {"ended": {"web": "lost"}})


def test_every_kind_is_written_to_a_file_and_to_standard_output(alone, tmp_path, capfdbinary):
    for kind in KINDS:
        write_budget(alone, kind, TODAY, tmp_path / kind)
        write_budget(alone, kind, TODAY)
        written = (tmp_path / kind).read_bytes()
        assert written == capfdbinary.readouterr().out == budget_bytes(alone, kind, TODAY)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(KINDS)


def test_focus_is_the_csv_with_the_columns_of_focus(alone):
    csv = budget_bytes(alone, "csv", TODAY)
    assert budget_bytes(alone, "focus", TODAY) == csv
    assert csv.startswith(b"BillingCurrency,ChargeDescription,ListCost,")
