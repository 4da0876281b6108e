"""The page in a browser: a phone's width holds it, the funnel switches by keyboard, print opens."""

from __future__ import annotations

from datetime import date

import pytest
from chromium_page import ChromiumPage, chromium

from profiler.over_scale import ScalePoint
from profiler.scaling.curves import CurvePoint, DedupPoint
from profiler.scaling.quantity import Estimate
from profiler.views.html import html_report

TODAY = date(2026, 11, 24)
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
SHEET = {"width": 717, "height": 1000, "deviceScaleFactor": 1, "mobile": False}  # A4 in CSS pixels
CUT_OFF = (
    "[...document.querySelectorAll('.scroll')].filter(x => x.scrollWidth > x.clientWidth)"
    ".map(x => x.ariaLabel)"
)
MEETING = """(() => {
  const met = [];
  for (const drawing of document.querySelectorAll('figure > svg')) {
    const words = [...drawing.querySelectorAll('text')].map((x) => [x, x.getBoundingClientRect()]);
    for (const [i, [x, a]] of words.entries()) for (const [y, b] of words.slice(i + 1)) {
      const beside = a.right < b.left + 1 || b.right < a.left + 1;
      const below = a.bottom < b.top + 3 || b.bottom < a.top + 3;
      if (a.width && b.width && !beside && !below) met.push(`${x.textContent} | ${y.textContent}`);
    }
  }
  return met;
})()"""
OUTSIDE = """[...document.querySelectorAll('svg text')].filter((x) => {
  const place = x.getBoundingClientRect();
  return place.width && (place.left < 0 || place.right > innerWidth);
}).map((x) => x.textContent)"""
WIDTH = "document.documentElement.scrollWidth"
SHOWN = "[...document.querySelectorAll('.panel')].filter(x => x.offsetHeight).map(x => x.className)"
ARROW_DOWN = ("ArrowDown", 40)

pytestmark = pytest.mark.skipif(chromium() is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = ChromiumPage(str(chromium()), tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens the page of some runs at a phone's width."""

    def open_page(records, forecasts, budgets, curves=()):
        path = tmp_path / "page.html"
        page = html_report(records, forecasts, budgets, TODAY, curves)
        path.write_text(page, encoding="utf-8")
        browser.call("Emulation.setDeviceMetricsOverride", **PHONE)
        browser.open(path.as_uri())
        return browser

    return open_page


@pytest.fixture
def whole_page(record, forecast, budget):
    """A page with every kind of chart."""
    dedup = forecast.stages[-1]
    kept = DedupPoint(dedup.stage, dedup.stage, dedup.retention, dedup.retention)
    share = Estimate(None, 0.3, 0.4, "", "bounds")
    curve = [
        ScalePoint(
            CurvePoint(size, 1.0, share, share, None, (kept,), forecast.cpu_hours, "bounds"),
            budget.total_usd,
        )
        for size in (1e9, 1e12, 1e16)
    ]
    return [("news", record)], [forecast], [budget], [curve]


def test_a_phone_does_not_scroll_sideways(opened, record, forecast, budget, hostile_plan, hostile):
    page = opened([("news", record)], [forecast], [budget])
    assert page.value(WIDTH) <= PHONE["width"]
    page.value("document.querySelectorAll('details').forEach(x => x.open = true)")
    assert page.value(WIDTH) <= PHONE["width"]
    bad, bad_forecast, bad_budget = hostile_plan
    page = opened([(hostile[0], bad)], [bad_forecast], [bad_budget])
    page.value("document.querySelectorAll('details').forEach(x => x.open = true)")
    assert page.value(WIDTH) <= PHONE["width"]
    assert page.complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_words_of_the_charts_neither_meet_nor_leave_the_page(opened, whole_page, width):
    page = opened(*whole_page)
    page.call("Emulation.setDeviceMetricsOverride", **{**PHONE, "width": width})
    assert page.value("document.querySelectorAll('figure > svg text').length") > 60
    assert page.value(MEETING) == []
    assert page.value(OUTSIDE) == []


def test_all_that_scrolls_or_opens_is_reached_by_the_keyboard(opened, whole_page):
    page = opened(*whole_page)
    assert page.value("[...document.querySelectorAll('.scroll')].every(x => x.tabIndex === 0)")
    page.value("document.querySelector('summary').focus()")
    page.press("Enter", 13, "\r")
    assert page.value("document.querySelector('details').open") is True


def test_the_funnel_switches_by_keyboard(opened, record, forecast, budget):
    page = opened([("news", record)], [forecast], [budget])
    assert page.value(SHOWN) == ["panel docs"]
    page.value("document.getElementById('run-1-to-docs').focus()")
    page.press(*ARROW_DOWN)
    assert page.value(SHOWN) == ["panel bytes"]
    page.press(*ARROW_DOWN)
    assert page.value(SHOWN) == ["panel tokens"]


def test_on_paper_all_units_and_tables_show_and_fit_the_sheet(opened, record, forecast, budget):
    page = opened([("news", record)], [forecast], [budget])
    page.call("Emulation.setDeviceMetricsOverride", **SHEET)
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.value(SHOWN) == ["panel docs", "panel bytes", "panel tokens"]
    assert page.value("document.querySelector('details.paper > .facts').checkVisibility()")
    assert page.value(CUT_OFF) == []
    assert page.value(
        "[...document.querySelectorAll('blockquote')].every(x => !x.checkVisibility())"
    )
    page.value("document.querySelectorAll('details').forEach(x => x.open = true)")
    assert page.value("document.querySelector('blockquote').checkVisibility()")
    assert page.value(CUT_OFF) == []
    page.call("Emulation.setEmulatedMedia", media="")
    assert len(page.value(SHOWN)) == 1
