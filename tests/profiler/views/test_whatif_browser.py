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
ROW = '[price."{}"]\nusd = {}\nunit = "{}"\nas_of = "2026-11"\nsource = "test"\n'
UNITS = {
    "ec2-c6i": "USD/vCPU-hour",
    "abaka-capacity-full": "USD/TB",
    "abaka-large-site": "USD/site",
    "s3-put": "USD/1000requests",
}
RIGHT_ARROW = ("ArrowRight", 39)
FOUR_DIGITS = 5e-5
HEIGHT = "document.querySelector('[data-key=\"{key}\"]').offsetHeight"
TOTAL = "document.getElementById('what-if-total')"

pytestmark = pytest.mark.skipif(chromium() is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a run, its page with a what-if over a few sizes, and a price book."""
    folder = tmp_path_factory.mktemp("what-if")
    (folder / "short.toml").write_text(RECIPE, encoding="utf-8")
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


def priced(desk, prices):
    """Arguments of a price book with these prices."""
    rows = [ROW.format(name, usd, UNITS[name]) for name, usd in prices.items()]
    book = desk / "own.toml"
    book.write_text("".join(['name = "own"\n', *rows]), encoding="utf-8")
    return "--prices", str(book)


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
    truth = estimated(desk, "--scale", "2PB", *priced(desk, {"ec2-c6i": 0.085}))
    assert shown(page) == pytest.approx(truth, rel=FOUR_DIGITS)
    four = f"{float(f'{truth[0]:.4g}'):,.0f} USD"
    assert page.value(f"{TOTAL}.textContent").startswith(four)
    assert page.complaints == []
    assert page.requests == [address]


def test_months_and_rented_storage_give_what_estimate_gives(page, desk, address):
    page.open("about:blank")
    page.open(f"{address}#size=5PB&storage=rented&storage.raw_months=6&storage.filtered_months=1")
    plans = ("storage.method=rented", "storage.raw_months=6", "storage.filtered_months=1")
    truth = estimated(desk, "--scale", "5PB", *(x for plan in plans for x in ("--set", plan)))
    assert shown(page) == pytest.approx(truth, rel=FOUR_DIGITS)
    assert page.value(HEIGHT.format(key="price.s3-put")) > 0
    assert page.value(HEIGHT.format(key="price.abaka-capacity-full")) == 0  # for the other method


CHANGES = [
    ("2PB", "bought", {}, {"abaka-capacity-full": 0, "abaka-large-site": 0}),
    ("5PB", "bought", {"cleaned": 0, "extracted": 2}, {"ec2-c6i": 1.5, "abaka-large-site": 400}),
    ("10PB", "rented", {"raw": 36, "cleaned": 0.5}, {"ec2-c6i": 0.01, "s3-put": 0.3}),
    ("10PB", "bought", {}, {"abaka-capacity-full": 700, "ec2-c6i": 0.2, "abaka-large-site": 0}),
]


@pytest.mark.parametrize(("size", "method", "months", "prices"), CHANGES)
def test_several_changes_at_once_give_what_estimate_gives(
    page, desk, address, size, method, months, prices
):
    months = {f"storage.{name}_months": number for name, number in months.items()}
    plans = {"storage.method": method, **months}
    given = {**months, **{f"price.{name}": usd for name, usd in prices.items()}}
    page.open("about:blank")
    page.open("&".join([f"{address}#size={size}", f"storage={method}", *joined(given)]))
    sets = (text for plan in joined(plans) for text in ("--set", plan))
    truth = estimated(desk, "--scale", size, *sets, *priced(desk, prices))
    assert shown(page) == pytest.approx(truth, rel=FOUR_DIGITS)
    assert page.complaints == []


def joined(given):
    return [f"{key}={value}" for key, value in given.items()]


def test_a_wrong_value_is_told_and_the_plan_stays(page, desk, address):
    page.open("about:blank")
    page.open(address)
    page.write('[data-key="price.ec2-c6i"]', "-1")
    assert page.value("document.getElementById('what-if-fault').hidden") is False
    assert shown(page) == pytest.approx(estimated(desk, "--scale", "1PB"), rel=FOUR_DIGITS)
    page.value("document.getElementById('what-if-reset').click()")
    assert page.value("document.getElementById('what-if-fault').hidden") is True
    assert page.complaints == []
