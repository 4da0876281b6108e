"""Markdown: the same figures as the budget, and text that cannot act in a ticket."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from profiler.views.export.markdown import NO_BREAK, escaped, markdown_text
from profiler.views.printable import printable


def tables(text):
    """Rows of cells of every table."""
    found = [[]]
    for line in text.splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            found[-1].append([cell.strip() for cell in cells])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a | b", "a \\| b"),
        ("`code`", "\\`code\\`"),
        ("<b>", "&lt;b&gt;"),
        ("R&D &lt;", "R&amp;D &amp;lt;"),
        ("@all", f"@{NO_BREAK}all"),
        ("me@example.org", f"me@{NO_BREAK}example.org"),
        ("fixes #12", f"fixes #{NO_BREAK}12"),
        ("GH-7", f"GH-{NO_BREAK}7"),
        ("[a](b)", "\\[a\\](b)"),
        ("https://evil.example", "https\\://evil.example"),
        ("www.evil.example", "www\\.evil.example"),
        ("- item", "\\- item"),
        ("# heading", "\\# heading"),
        ("1. item", f"1{NO_BREAK}. item"),
        ("0.88 M", "0.88 M"),
        ("a\\|b", "a\\\\\\|b"),
        ("$x$ *y* _z_ ~q~", "\\$x\\$ \\*y\\* \\_z\\_ \\~q\\~"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_would_act_is_shown(text, written):
    assert escaped(text) == written


@given(st.text())
def test_no_text_acts(text):
    written = escaped(text)
    assert "\n" not in written
    assert not re.search(r"[<>]|[@#!][\w/]", written)
    assert not re.search(r"(?<!\\)(?:\\\\)*[|`*\[\]$~_]", written)
    assert "://" not in re.sub(r"\\://", "", written) or not re.search(r"[A-Za-z]://", written)


def test_hostile_texts_leave_the_tables_whole(hostile):
    text = markdown_text(hostile)
    for table in tables(text):
        assert len({len(row) for row in table}) == 1
    counted = [line for line in hostile.budget.lines if line.counted]
    memo = [line for line in hostile.budget.lines if not line.counted and line.usd is not None]
    sizes = [len(table) for table in tables(text)]
    assert any(size > len(counted) for size in sizes)
    assert len(memo) + 2 in sizes
    assert "<" not in text
    assert not re.search(r"@\w", text)


def test_a_renderer_makes_nothing_but_tables_lists_and_headings(hostile):
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    text = markdown_text(hostile)
    html = renderer.render(text)
    made = set(re.findall(r"<(\w+)", html))
    assert made <= {"h1", "h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert html.count("<h1>") == 1
    assert html.count("<h2>") == text.count("\n## ")


@given(st.text() | st.text(alphabet="#-+*_>~`=|1.)( \\\t&;:@!$<[]x"))
def test_a_renderer_shows_a_text_as_it_is(text):
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(f"- {escaped(text)}")
    assert set(re.findall(r"<(\w+)", html)) <= {"ul", "li"}
    shown = re.sub(r"<[^>]*>", "", html).replace(NO_BREAK, "")
    assert unescape(shown).strip() == printable(text)


def test_it_has_the_domains_the_total_and_what_is_not_known(everything):
    text = markdown_text(everything)
    domains = tables(text)[0]
    assert [row[0] for row in domains[2:]] == ["web", "books", "shared", "total"]
    assert text.startswith("# Budget: ")
    assert "## Not in the total: not priced, or not measured" in text
    for line in everything.budget.lines:
        if line.usd is None:
            assert escaped(f"{line.category}, {line.title}: {line.note}") in text
    for warning in everything.budget.warnings:
        assert escaped(warning) in text


def test_a_corpus_without_domains_has_no_table_of_them(alone):
    assert "## Domains" not in markdown_text(alone)
