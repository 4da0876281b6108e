"""The what-if: what the page carries gives the budget's figures at every size, method and price."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from made_up_estimations import EVERYTHING, made_up_forecast

from profiler.domains import Corpus
from profiler.estimation import Prospect
from profiler.money.budget import make_budget
from profiler.money.lines import Domain
from profiler.money.prices import default_book
from profiler.money.scenario import load_scenario
from profiler.views import figures
from profiler.views.html import html_report
from profiler.views.outlook import outlook
from profiler.views.whatif import what_if, what_if_sizes
from profiler.views.whatif_data import packed, what_if_data
from profiler.views.whatif_view import what_if_view

TODAY = date(2026, 11, 24)
FOUR_DIGITS = 5e-5
METHODS = ("bought", "rented")
ROW = '[price."{id}"]\nusd = {usd}\nunit = "{unit}"\nas_of = "2026"\nsource = "test"\n{more}\n'


@pytest.fixture(autouse=True)
def as_many_draws_as_an_estimate(monkeypatch):
    monkeypatch.setattr("made_up_estimations.DRAWS", 2000)


@pytest.fixture
def book(tmp_path):
    """Makes the default book with rows over it."""

    def made(*rows):
        path = tmp_path / "own.toml"
        path.write_text("".join(rows), encoding="utf-8")
        return default_book(path) if rows else default_book()

    return made


def row(price_id, usd, unit, more=""):
    return ROW.format(id=price_id, usd=usd, unit=unit, more=more)


def forecasts():
    """Three sizes of a whole; the last is in state bounds."""
    plan = ((2.0, "estimate"), (300.0, "rough"), (4000.0, "bounds"))
    return [made_up_forecast(stored_tb, 1, state) for stored_tb, state in plan]


def gathered(*overrides, book=None):
    scenario = load_scenario(None, overrides)
    prospect = Prospect(Corpus("by hand", (), "stored"), scenario, book or default_book(), 1, TODAY)
    return what_if(prospect, [(Domain("", each),) for each in forecasts()])


def budgeted(number, *overrides, book=None):
    scenario = load_scenario(None, overrides)
    total = make_budget(forecasts()[number], scenario, book or default_book(), TODAY).total_usd
    return total.point, total.low, total.high


class Reader:
    """Reckons from the plain data alone, as the page's script does."""

    def __init__(self, found):
        self.keys = [field.key for field in found.fields]
        self.data = json.loads(json.dumps(what_if_data(found)))

    def reckon(self, number, method, **given):
        values = dict(enumerate(map(self._column, self.data["fields"])))
        values |= {self.keys.index(key.replace("__", ".")): float(x) for key, x in given.items()}
        used = [
            i
            for i, part in enumerate(self.data["parts"])
            if part["method"] in ("", method)
            and (part["kept"] < 0 or np.max(values[part["kept"]]) > 0)
        ]
        columns = {i: self._column(self.data["sizes"][number]["columns"][i]) for i in used}
        total = np.zeros(self.data["draws"] + 1)
        for i in used:
            part = self.data["parts"][i]
            usd = columns[i]
            for name in part["inputs"]:
                usd = usd * values[name]
            if part["tiers"] >= 0:
                held = [j for j in used if self.data["parts"][j]["tiers"] == part["tiers"]]
                volume = sum(columns[j] for j in held)
                usd = usd * self._mean(part["tiers"], volume, values)
            total = total + usd
        total = total * (1 + self._column(self.data["share"]))
        return float(total[0]), *map(float, np.quantile(total[1:], (0.05, 0.95)))

    def _mean(self, number, volume, values):
        tiers = self.data["tiers"][number]
        ends = [np.inf if end is None else end for end in tiers["ends_tb"]]
        usd, start = 0.0 * volume, 0.0
        for end, name in zip(ends, tiers["fields"], strict=True):
            usd = usd + np.clip(volume - start, 0, end - start) * values[name]
            start = end
        return usd / volume

    def _column(self, column):
        point, mean, *shape = column
        draws = np.full(self.data["draws"], mean)
        if shape:
            draws = mean * _unpacked(self.data["shapes"][shape[0]])
        return np.concatenate([[point], draws])


@cache
def reader(*overrides):
    """The reader of a plan without prices of one's own; it takes a second to gather."""
    return Reader(gathered(*overrides))


def _counts(text):
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


def _unpacked(shape):
    counts = _counts(shape["counts"]).astype(float)
    if "log_step" in shape:
        return shape["low"] * np.exp(shape["log_step"] * counts)
    return shape["low"] + shape["step"] * counts


@pytest.mark.parametrize("overrides", [(), EVERYTHING])
@pytest.mark.parametrize("method", METHODS)
def test_the_plan_is_met_to_four_digits_at_every_size(overrides, method):
    page = reader(*overrides)
    for number in range(3):
        truth = budgeted(number, *overrides, f"storage.method={method}")
        assert page.reckon(number, method) == pytest.approx(truth, rel=FOUR_DIGITS)


CHANGES = [
    ("bought", "abaka-capacity-full", "USD/TB"),
    ("bought", "ec2-c6i", "USD/vCPU-hour"),
    ("rented", "s3-get", "USD/1000requests"),
    ("rented", "abaka-large-site", "USD/site"),
]


@pytest.mark.parametrize("times", [0, 0.5, 2])
@pytest.mark.parametrize(("method", "price_id", "unit"), CHANGES)
def test_another_price_is_met(book, method, price_id, unit, times):
    usd = times * default_book().prices[price_id].usd
    own = book(row(price_id, usd, unit))
    page = reader(*EVERYTHING)
    for number in range(3):
        truth = budgeted(number, *EVERYTHING, f"storage.method={method}", book=own)
        found = page.reckon(number, method, **{f"price.{price_id}": usd})
        assert found == pytest.approx(truth, rel=FOUR_DIGITS)


def test_another_price_of_a_tier_is_met(book):
    tiers = "tiers = [{up_to_tb = 50, usd = 23.0}, {up_to_tb = 500, usd = 30.0}, {usd = 21.0}]"
    own = book(row("s3-standard", 23.0, "USD/TB-month", tiers))
    page = reader()
    for number in range(3):
        truth = budgeted(number, "storage.method=rented", book=own)
        found = page.reckon(number, "rented", **{"price.s3-standard.2": 30})
        assert found == pytest.approx(truth, rel=FOUR_DIGITS)


@pytest.mark.parametrize("method", METHODS)
def test_other_months_are_met(method):
    months = {"raw": 0, "extracted": 3, "filtered": 0.5, "cleaned": 60}
    overrides = [f"storage.{name}_months={x}" for name, x in months.items()]
    given = {f"storage.{name}_months": x for name, x in months.items()}
    page = reader(*EVERYTHING)
    for number in range(3):
        truth = budgeted(number, *EVERYTHING, *overrides, f"storage.method={method}")
        found = page.reckon(number, method, **given)
        assert found == pytest.approx(truth, rel=FOUR_DIGITS)


def test_fields_are_of_what_is_paid_for_under_either_method():
    keys = [field.key for field in gathered().fields]
    assert len(set(keys)) == len(keys)
    assert {"price.abaka-capacity-full", "price.s3-standard.3", "price.ec2-c6i"} <= set(keys)
    assert "storage.extracted_months" in keys
    assert "price.ec2-c6i-spot" not in keys  # no core-hour is planned on spot instances
    assert "price.abaka-cleaning" not in keys  # a memo line's


def test_a_field_with_a_range_keeps_its_draws_until_it_is_changed():
    fields = {field.key: field for field in gathered().fields}
    assert fields["price.abaka-large-site"].draws.std() > 0
    assert fields["price.abaka-capacity-full"].draws is None


def test_packed_draws_above_zero_are_all_as_exact():
    values = np.random.default_rng(1).lognormal(0, 2, 500)
    exact = np.log(values.max() / values.min()) / 2 / 65_535
    assert _unpacked(packed(values)) == pytest.approx(values, rel=1.0001 * exact)


def test_packed_draws_that_reach_zero_are_within_half_a_step():
    values = np.maximum(np.random.default_rng(1).normal(0, 1, 500), 0)
    data = packed(values)
    assert np.abs(_unpacked(data) - values).max() <= data["step"] * 0.5000001


def test_no_point_of_the_volumes_is_shown_that_the_state_forbids():
    facts = [at["facts"] for at in what_if_data(gathered())["sizes"]]
    assert all("(" in fact for fact in facts[0])  # a point, and the interval behind it
    assert not any("(" in fact for fact in facts[2][:3])
    hours = facts[2][3]
    assert hours == str(figures.figure_of(outlook(forecasts()[2]).cpu_hours, figures.HOURS))


def test_columns_of_one_shape_are_carried_once():
    found = gathered(*EVERYTHING)
    data = what_if_data(found)
    mentions = [column for at in data["sizes"] for column in at["columns"] if len(column) == 3]
    assert len(data["shapes"]) < len(mentions) / 2
    assert {number for _, _, number in mentions} <= set(range(len(data["shapes"])))


def test_sizes_are_round_from_the_sample_to_ten_petabytes():
    sizes = what_if_sizes(52_345_678.0, 1e15)
    assert sizes[:4] == (52_345_678.0, 1e8, 2e8, 5e8)
    assert sizes[-1] == 1e16
    assert len(sizes) == 26
    assert 3.3e15 in what_if_sizes(1e12, 3.3e15)
    assert what_if_sizes(2e16, 3e16) == (2e16, 3e16)


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


HOSTILE_KEYS = {
    "cleaning.compute_price": "USD/vCPU-hour",
    "storage.bought_price": "USD/TB",
    "crawling.large_site_price": "USD/site",
    "crawling.vertical_site_price": "USD/site",
}


@pytest.fixture
def hostile_found(hostile, book):
    """Prices whose ids and notes are hostile, named by the scenario."""
    texts = [hostile[place] for place in (0, 1, 2, 5)]
    rows, overrides = [], []
    for text, (key, unit) in zip(texts, HOSTILE_KEYS.items(), strict=True):
        quoted = json.dumps(text)
        rows.append(
            f'[price.{quoted}]\nusd = 3.0\nunit = "{unit}"\nas_of = "2026"\n'
            f'source = "test"\nnote = {json.dumps(text + hostile[6])}\n'
        )
        overrides.append(f"{key}={quoted}")
    found = gathered(*overrides, book=book(*rows))
    assert {f"price.{text}" for text in texts} <= {field.key for field in found.fields}
    return found


def test_hostile_text_does_not_act(record, forecast, budget, hostile_found):
    page = html_report([("a", record)], [forecast], [budget], TODAY, what_if=hostile_found)
    tags = Tags(page)
    scripts = [attributes for tag, attributes in tags.found if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "what-if-data"}, {}]
    assert not [tag for tag, _ in tags.found if tag in ("img", "iframe", "object", "link")]
    assert not [name for _, attributes in tags.found for name in attributes if name[:2] == "on"]
    assert not re.search("[\u202e\u2066\x1b\x00]", page)


def test_the_policy_allows_this_script_alone(record, forecast, budget):
    page = html_report([("a", record)], [forecast], [budget], TODAY, what_if=gathered())
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', page)
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]
    assert not re.search(r"\beval\b|innerHTML|Function\(|fetch|XMLHttp|import\(", script)


def test_without_it_the_page_has_no_script(record, forecast, budget):
    page = html_report([("a", record)], [forecast], [budget], TODAY)
    assert "<script" not in page
    assert "script-src" not in page


def test_data_of_25_sizes_is_small():
    found = gathered(*EVERYTHING)
    of_three, of_two = (
        len(what_if_view(replace(found, sizes=found.sizes[:count]), 1e15).data) for count in (3, 2)
    )
    assert of_three + 23 * (of_three - of_two) < 500_000


def test_no_point_of_clean_tokens_is_carried_where_the_sample_gives_bounds():
    *known, bounds = what_if_data(gathered())["sizes"]
    assert all(size["clean_tokens"] > 0 for size in known)
    assert (bounds["state"], bounds["clean_tokens"]) == ("bounds", None)


def test_every_control_has_a_label(record, forecast, budget):
    page = html_report([("a", record)], [forecast], [budget], TODAY, what_if=gathered())
    tags = Tags(page)
    labelled = {attributes.get("for") for tag, attributes in tags.found if tag == "label"}
    inputs = [attributes for tag, attributes in tags.found if tag == "input"]
    assert len(inputs) > 15
    assert all(each["type"] == "radio" or each["id"] in labelled for each in inputs)
    ids = [attributes["id"] for _, attributes in tags.found if "id" in attributes]
    assert len(ids) == len(set(ids))
