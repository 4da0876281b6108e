"""The printed advice."""

from __future__ import annotations

import io

from rich.console import Console
from tried_records import Tried

from profiler.money.advice import Advice, ScaledAdvice, ScaledBlock, advise_order
from profiler.scaling.quantity import Estimate, Quantity
from profiler.views.terminal.advice import show_advice


def printed(advice, scaled=None):
    console = Console(file=io.StringIO(), width=100)
    show_advice(advice, scaled, console)
    return console.file.getvalue()


def test_an_order_that_is_worth_it_is_told_with_its_saving():
    advice = advise_order(Tried().record(), draws=50)
    text = printed(advice)
    order = ", ".join(advice.blocks[0].advised)
    assert f"a, b, c: run them as {order}" in text
    assert "In the cheapest order, predicted" in text
    assert "That spares" in text


def test_a_saving_that_is_not_sure_is_told_as_such():
    tried = Tried(shards=3, batches=1, docs=12)
    tried.mask[:] = 0
    tried.mask[0] = 4
    text = printed(advise_order(tried.record()))
    assert "no order is better than this one by more than its interval" in " ".join(text.split())


def test_nothing_to_order_and_nothing_measured_are_told():
    assert "no two filters" in printed(Advice("r", (), (), 1.0))
    assert "profile again" in printed(Advice("r", (), ("a, b: profile again",), 1.0))


def test_hours_at_the_target():
    advice = advise_order(Tried().record(), draws=50)
    hours = Quantity.certain(1000.0, 20)
    blocks = (ScaledBlock(("a", "b", "c"), hours, hours * 0.25),)
    usd = [Estimate(value, value, value, "by hand") for value in (5000.0, 77.0)]
    text = printed(advice, ScaledAdvice(blocks, *usd))
    assert "CPU-hours at the target" in text
    assert "1,000" in text
    assert "250" in text
    assert "spares 77 USD of a budget of 5,000 USD" in " ".join(text.split())


def test_hostile_names_do_not_act():
    text = printed(Advice("r\x1b[31m[bold]", (), (), 1.0))
    assert "\x1b" not in text
    assert "[bold]" in text
