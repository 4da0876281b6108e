"""The what-if in a browser: the figures of ``corpuscost estimate``, no complaint, no request."""

from __future__ import annotations

import json

import pytest
from chromium_page import ChromiumPage, chromium
from click.testing import CliRunner
from made_up_text import write_shard

from profiler.cli.main import cli
from profiler.measurement import Options, profile

RECIPE = """name = "short"
description = "admission and exact dedup"
[[stages]]
name = "admission"
kind = "admission"
[[stages]]
name = "exact"
kind = "exact-dedup"
"""
BOOK = """name = "own"
[price.ec2-c6i]
usd = 0.085
unit = "USD/vCPU-hour"
as_of = "2026-11"
source = "test"
"""
RIGHT_ARROW = ("ArrowRight", 39)
FOUR_DIGITS = 5e-5
THINNED = 0.03  # of an end of the interval, once a price or a month is another
HEIGHT = "document.querySelector('[data-key=\"{key}\"]').offsetHeight"
TOTAL = "document.getElementById('what-if-total')"

pytestmark = pytest.mark.skipif(chromium() is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a run, its page with a what-if over a few sizes, and a price book."""
    folder = tmp_path_factory.mktemp("what-if")
    (folder / "short.toml").write_text(RECIPE, encoding="utf-8")
    (folder / "own.toml").write_text(BOOK, encoding="utf-8")
    for number in range(3):
        write_shard(folder / "data" / f"{number}.jsonl", 60, seed=number)
    profile(
        [folder / "data"], folder / "run", Options(recipe=str(folder / "short.toml"), workers=1)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("profiler.cli.report.WHAT_IF_SIZES", 4)
        page = str(folder / "page.html")
        command = ["report", str(folder / "run"), "--scale", "1PB", "--html", page]
        done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, (done.output, done.exception)
    return folder


@pytest.fixture(scope="module")
def page(desk, tmp_path_factory):
    opened = ChromiumPage(str(chromium()), tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()


@pytest.fixture
def address(desk):
    return (desk / "page.html").as_uri()


def estimated(desk, *arguments):
    done = CliRunner().invoke(cli, ["estimate", str(desk / "run"), "--json", *arguments])
    assert done.exit_code == 0, done.output
    total = json.loads(done.stdout)["total_usd"]
    return [total[name] for name in ("point", "low", "high")]


def shown(page):
    return [float(page.value(f"{TOTAL}.dataset.{name}")) for name in ("point", "low", "high")]


def test_the_page_opens_with_the_plan(page, desk, address):
    page.open(address)
    assert shown(page) == pytest.approx(estimated(desk, "--scale", "1PB"), rel=FOUR_DIGITS)
    assert page.value("document.getElementById('what-if-size').ariaValueText") == "1 PB"
    assert page.complaints == []
    assert page.requests == [address]


def test_slider_and_price_give_what_estimate_gives(page, desk, address):
    page.open(address)
    page.value("document.getElementById('what-if-size').focus()")
    page.press(*RIGHT_ARROW)
    assert page.value("document.getElementById('what-if-label').textContent") == "2 PB"
    assert shown(page) == pytest.approx(estimated(desk, "--scale", "2PB"), rel=FOUR_DIGITS)
    page.write('[data-key="price.ec2-c6i"]', "0.085")
    truth = estimated(desk, "--scale", "2PB", "--prices", str(desk / "own.toml"))
    found = shown(page)
    assert found[0] == pytest.approx(truth[0], rel=FOUR_DIGITS)
    assert found[1:] == pytest.approx(truth[1:], rel=THINNED)
    four = f"{float(f'{truth[0]:.4g}'):,.0f} USD"
    assert page.value(f"{TOTAL}.textContent").startswith(four)
    assert page.complaints == []
    assert page.requests == [address]


def test_months_and_rented_storage_give_what_estimate_gives(page, desk, address):
    page.open("about:blank")
    page.open(f"{address}#size=5PB&storage=rented&storage.raw_months=6&storage.filtered_months=1")
    plans = ("storage.method=rented", "storage.raw_months=6", "storage.filtered_months=1")
    truth = estimated(desk, "--scale", "5PB", *(x for plan in plans for x in ("--set", plan)))
    found = shown(page)
    assert found[0] == pytest.approx(truth[0], rel=FOUR_DIGITS)
    assert found[1:] == pytest.approx(truth[1:], rel=THINNED)
    assert page.value(HEIGHT.format(key="price.s3-put")) > 0
    assert page.value(HEIGHT.format(key="price.abaka-capacity-full")) == 0  # for the other method


def test_a_wrong_value_is_told_and_the_plan_stays(page, desk, address):
    page.open("about:blank")
    page.open(address)
    page.write('[data-key="price.ec2-c6i"]', "-1")
    assert page.value("document.getElementById('what-if-fault').hidden") is False
    assert shown(page) == pytest.approx(estimated(desk, "--scale", "1PB"), rel=FOUR_DIGITS)
    page.value("document.getElementById('what-if-reset').click()")
    assert page.value("document.getElementById('what-if-fault').hidden") is True
    assert page.complaints == []
