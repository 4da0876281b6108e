"""The page in a browser: a phone's width holds it, the funnel switches by keyboard, print opens."""

from __future__ import annotations

from datetime import date

import pytest
from chromium_page import ChromiumPage, chromium

from profiler.views.html import html_report

TODAY = date(2026, 11, 24)
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
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

    def open_page(records, forecasts, budgets):
        path = tmp_path / "page.html"
        path.write_text(html_report(records, forecasts, budgets, TODAY), encoding="utf-8")
        browser.call("Emulation.setDeviceMetricsOverride", **PHONE)
        browser.open(path.as_uri())
        return browser

    return open_page


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


def test_the_funnel_switches_by_keyboard(opened, record, forecast, budget):
    page = opened([("news", record)], [forecast], [budget])
    assert page.value(SHOWN) == ["panel docs"]
    page.value("document.getElementById('run-1-to-docs').focus()")
    page.press(*ARROW_DOWN)
    assert page.value(SHOWN) == ["panel bytes"]
    page.press(*ARROW_DOWN)
    assert page.value(SHOWN) == ["panel tokens"]


def test_on_paper_all_units_and_closed_parts_show(opened, record, forecast, budget):
    page = opened([("news", record)], [forecast], [budget])
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.value(SHOWN) == ["panel docs", "panel bytes", "panel tokens"]
    assert page.value("document.querySelector('details > .facts').offsetHeight") > 0
    page.call("Emulation.setEmulatedMedia", media="")
    assert len(page.value(SHOWN)) == 1
