"""The page: self-contained, safe, readable, and silent where a state forbids a point."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import product

import pytest

from profiler.views.html import html_report

TODAY = date(2026, 11, 24)
VOID = {"meta", "br", "img", "link", "input", "col", "hr"}
OURS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "article", "section",
    "nav", "ul", "li", "a", "h1", "h2", "h3", "h4", "p", "b", "small", "span", "i", "dl", "div",
    "dt", "dd", "figure", "figcaption", "svg", "desc", "text", "rect", "circle", "table", "thead",
    "tbody", "tr", "th", "td", "colgroup", "col", "details", "summary", "blockquote", "cite",
    "line", "fieldset", "legend", "input", "label", "br", "code",
}  # fmt: skip


class Page(HTMLParser):
    """Collects tags, attributes and text; checks that every tag is closed by its own name."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        (self.styles if self.open[-1:] == ["style"] else self.words).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def page(record, forecast, budget):
    return Page(html_report([("news", record)], [forecast], [budget], TODAY))


@pytest.fixture
def hostile_page(hostile_plan, hostile):
    record, forecast, budget = hostile_plan
    named = [(hostile[2], record), (hostile[0], record)]
    text = html_report(named, [forecast, forecast], [budget, budget], TODAY)
    return text, Page(text)


def test_tags_are_closed_and_known(page):
    assert page.faults == []
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= OURS


def test_nothing_leaves_the_page(page):
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action", "formaction", "data", "style"} & set(attributes), tag
        assert (attributes.get("href") or "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    styles = "".join(page.styles)
    assert "url(" not in styles
    assert "@import" not in styles
    policy = [a["content"] for t, a in page.tags if a.get("http-equiv")]
    assert policy
    assert policy[0].startswith("default-src 'none'")


def test_every_reference_inside_the_page_is_met_once(page):
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        wanted = (attributes.get("aria-labelledby") or "").split()
        if "href" in attributes:
            wanted.append(attributes["href"].removeprefix("#"))
        assert set(wanted) <= set(ids)


def test_drawings_have_a_role_and_words(page):
    drawings = [a for tag, a in page.tags if tag == "svg"]
    assert len(drawings) == 10
    assert all(a["role"] == "img" and len(a["aria-labelledby"].split()) == 2 for a in drawings)
    places = [i for i, (tag, _) in enumerate(page.tags) if tag == "svg"]
    for place in places:
        assert [tag for tag, _ in page.tags[place + 1 : place + 3]] == ["title", "desc"]


def test_the_page_has_the_sections_of_the_first_version(page):
    for said in (
        "Preparing 1 PB (stored bytes) like news",
        "What survives each stage",
        "What burns the CPU",
        "At the target: 1 PB",
        "What it costs",
        "How sure the total is",
        "price price-43",
        "All counted lines are paid once",
        "Why documents were dropped",
        "Dropped documents, sampled",
        "Duplicates",
        "Assumptions, prices and warnings",
        "Ledger: closed",
        "malformed line: 3 (420 B)",
        "115 days old",
        "storage.raw_months = 12: a plan",
        "dated after today",
        "USD per TB raw",
        "USD per billion clean tokens",
        "V × months × C = 100 TB × 12 month × 230 USD/TB-month = 276,000.00 USD",
        "price-41 (book, 2026-08): list",
        "How to read the figures",
        "UTF-8 text",
        "https://example.org/a",
    ):
        assert said in page.text, said


def test_no_point_where_the_state_forbids_one(page, record, forecast_in, budget):
    assert "80 %" not in page.text
    assert "36,000" not in page.text
    assert "72–86 %" in page.text
    rough = Page(html_report([("news", record)], [forecast_in("rough")], [budget], TODAY))
    assert "80 % (72–86)" in rough.text
    assert "36,000 (30,000–42,000)" in rough.text


def test_hostile_text_is_text(hostile_page):
    text, page = hostile_page
    assert {tag for tag, _ in page.tags} <= OURS
    assert page.faults == []
    assert page.open == []
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith("#"), tag
        spoken = {name: value for name, value in attributes.items() if name != "aria-label"}
        assert "alert" not in str(spoken), tag
    assert "<script" not in text
    assert "".join(page.styles).count("<") == 0
    for said in ("alert(1)", "javascript:", "{{ 7 * 7 }}", "=HYPERLINK"):
        assert said in page.text


def test_the_largest_groups_stand_with_their_documents(page, hostile_page):
    assert "Documents of the largest groups" in page.text
    for said in ("1,250 documents, 5.0 MB, in 2 shards", "7 documents, 0.028 MB, in 1 shard"):
        assert page.text.count(said) == 2  # once for each dedup
    text, _ = hostile_page
    shown = re.findall(r"<h4>Documents of the largest groups</h4>(.*?)</section>", text, re.DOTALL)
    assert len(shown) == 2
    for section in shown:
        assert "&lt;script&gt;alert(1)" in section
        assert "&lt;img src=x onerror=alert(2)&gt;" in section
        assert not re.search(r"<(script|img|svg|a)\b", section)


def test_nothing_invisible_reaches_the_page(hostile_page):
    text, _ = hostile_page
    assert not re.findall(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text
    )


def test_long_samples_are_clipped(hostile_page):
    text, _ = hostile_page
    samples = re.findall(r"<blockquote><p>(.*?)</p>", text, re.DOTALL)
    assert max(len(html.unescape(sample)) for sample in samples) == 700


def test_a_page_without_forecast_claims_nothing(record):
    page = Page(html_report([("news", record)], [], [], TODAY))
    assert "nothing was scaled and nothing was priced" not in page.text
    assert "nothing was scaled up" in page.text
    assert "What it costs" not in page.text
    assert page.faults == []


def test_several_runs_stand_side_by_side(record, record_with, forecast, forecast_in, budget):
    other = record_with(state="partial", ledger={"documents_closed": False, "faults": ["a gap"]})
    page = Page(
        html_report(
            [("news", record), ("forums", other)],
            [forecast, forecast_in("rough")],
            [budget, budget],
            TODAY,
        )
    )
    assert page.faults == []
    assert "All runs" in page.text
    assert "This run is partial." in page.text
    assert "The ledger does not close." in page.text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_forecasts_belong_to_records(record, forecast, budget):
    with pytest.raises(ValueError, match="budgets: expected none or 2, found 1"):
        html_report([("a", record), ("b", record)], [forecast, forecast], [budget], TODAY)


def test_the_same_input_gives_the_same_page(record, forecast, budget):
    pages = {html_report([("a", record)], [forecast], [budget], TODAY) for _ in range(2)}
    assert len(pages) == 1


def colours(styles: str) -> list[dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", styles, re.DOTALL)[:2]
    return [dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block)) for block in blocks]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_meet_wcag_aa_in_light_and_dark(page):
    palettes = colours("".join(page.styles))
    assert len(palettes) == 2
    for palette in palettes:
        for text, ground in product(("ink", "soft", "warn"), ("page", "panel")):
            assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
        for name in sorted(set(palette) - {"page", "panel", "rule", "track"}):
            assert contrast(palette[name], palette["page"]) >= 3, name
        assert contrast(palette["kept"], palette["dropped"]) >= 1.4


def test_the_funnel_switches_between_units_without_a_script(page):
    chosen = [a for tag, a in page.tags if tag == "input"]
    assert [a["class"] for a in chosen] == ["to-docs", "to-bytes", "to-tokens"]
    assert {a["type"] for a in chosen} == {"radio"}
    assert len({a["name"] for a in chosen}) == 1
    assert ["checked" in a for a in chosen] == [True, False, False]
    labels = [a["for"] for tag, a in page.tags if tag == "label"]
    assert labels == [a["id"] for a in chosen]
    styles = "".join(page.styles)
    for unit in ("docs", "bytes", "tokens"):
        assert f".switch:not(:has(.to-{unit}:checked)) > .{unit}" in styles
        assert [a for _, a in page.tags if a.get("class") == f"panel {unit}"]


def test_runs_switch_their_funnels_apart(record, forecast, budget):
    page = Page(html_report([("a", record), ("b", record)], [forecast] * 2, [budget] * 2, TODAY))
    names = [a["name"] for tag, a in page.tags if tag == "input"]
    assert len(names) == 6
    assert len(set(names)) == 2


def test_a_line_opens_into_the_tree_of_its_terms(page):
    for said in (
        "usd = 276,000 USD",
        "V = 100 TB : what is kept",
        "fixed: by hand",
        "C = 230 USD/TB-month",
        "price: price-41 (book, 2026-08): list",
    ):
        assert said in page.text, said


def test_many_budgets_leave_the_trees_out(record, forecast, budget):
    runs = [(f"run {n}", record) for n in range(4)]
    page = Page(html_report(runs, [forecast] * 4, [budget] * 4, TODAY))
    assert "corpuscost explain" in page.text
    assert "fixed: by hand" not in page.text
    assert "V × months × C = 100 TB" in page.text


def test_a_thousand_shards_leave_the_page_small(record_with, forecast, budget):
    few = record_with()
    first = few.run.inputs[0]
    many = record_with(
        inputs=tuple(replace(first, path=f"2024/shard-{n:04}.jsonl.gz") for n in range(1_000)),
        skipped_shards={f"2024/broken-{n:04}.jsonl.gz": "truncated archive" for n in range(1_000)},
        unreadable_places=tuple(f"2024/shard-{n:04}.jsonl.gz:17: cut" for n in range(1_000)),
    )
    sizes = [
        len(html_report([("news", found)], [forecast], [budget], TODAY).encode())
        for found in (few, many)
    ]
    assert sizes[1] < 1_000_000
    assert sizes[1] - sizes[0] < 10_000
    assert "980 more" in html_report([("news", many)], [forecast], [budget], TODAY)
