"""A line of the budget opens into its terms, down to the leaves."""

from __future__ import annotations

from profiler.views.lineage import Lineage, lineage


def every(node: Lineage) -> list[Lineage]:
    return [node, *(found for part in node.parts for found in every(part))]


def test_the_tree_holds_every_term(budget):
    term = budget.lines[0].term
    tree = lineage(term)
    assert (tree.symbol, tree.value) == ("usd", "276,000 USD")
    assert tree.origin == "V × months × C = 100 TB × 12 month × 230 USD/TB-month"
    assert [part.symbol for part in tree.parts] == ["V", "months", "C"]
    assert len(every(tree)) - 1 == len(list(term.leaves()))


def test_a_leaf_says_where_it_comes_from_and_how_sure_it_is(budget):
    kept, _, price = lineage(budget.lines[0].term).parts
    assert kept.origin == "fixed: by hand"
    assert kept.range == ""
    assert price.origin == "price: price-41 (book, 2026-08): list"
    low, high = budget.lines[0].term.parts[2].value.interval()
    assert price.range == f"{low:.6g} to {high:.6g} USD/TB-month"


def test_hostile_terms_are_made_safe(hostile_plan):
    _, _, budget = hostile_plan
    texts = [
        text
        for line in budget.lines
        if line.term is not None
        for node in every(lineage(line.term))
        for text in (node.symbol, node.value, node.range, node.meaning, node.origin)
    ]
    assert any("alert(1)" in text for text in texts)
    for text in texts:
        assert not set(text) & set("\x1b\x9b\u202e\u2066\u200f\x00\x07\x08\x7f\n")
