"""Training of the model that the corpus is for: operations, GPU-hours, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.money.lines import BudgetLine, Domain, Inputs, line, unknown_line
from profiler.money.ranges import Number, plain
from profiler.money.terms import Term, computed
from profiler.published.programme import StepRange, compute_multiple, step_ranges
from profiler.scaling.quantity import Estimate, Quantity

FLOP_SOURCE = "Kaplan et al. 2020, arXiv:2001.08361, section 2.1: 6 FLOP per parameter and token"
OPTIMAL_SOURCE = "Hoffmann et al. 2022, arXiv:2203.15556: about 20 tokens per parameter"
FLOP_PER_PARAMETER_AND_TOKEN = 6.0
OPTIMAL_TOKENS_PER_PARAMETER = 20.0
SECONDS_PER_HOUR = 3600.0
OUT_OF_SCOPE = "not in scope: training.in_scope = false"


def training_flop(
    parameters: Number, tokens: Number, flop_each: Number = FLOP_PER_PARAMETER_AND_TOKEN
) -> Number:
    """Operations of a training run: C = 6 × N × D, in FLOP.

    ``parameters`` N, ``tokens`` D; ``flop_each`` is 2 forward and 4 backward per parameter and
    token, without attention over the context.
    Source: Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
    """
    return flop_each * parameters * tokens


def optimal_tokens(
    parameters: Number, tokens_each: Number = OPTIMAL_TOKENS_PER_PARAMETER
) -> Number:
    """Tokens for which N parameters make the best of a given compute: D = 20 × N.

    Source: Hoffmann et al. 2022, arXiv:2203.15556. (The published cost model says that D should
    be comparable to N, which is wrong by this factor.)
    """
    return tokens_each * parameters


def achieved_flop_per_hour(
    peak_per_second: Number, utilisation: Number, seconds: Number = SECONDS_PER_HOUR
) -> Number:
    """What one GPU achieves: R = F_peak × u × 3,600, in FLOP per GPU-hour.

    ``peak_per_second`` F_peak in FLOP per GPU-second, ``utilisation`` u in (0, 1].
    """
    return peak_per_second * utilisation * seconds


def gpu_hours(flop: Number, flop_per_gpu_hour: Number) -> Number:
    """GPU-hours of a run: C / R."""
    return flop / flop_per_gpu_hour


def training_usd(flop: Number, usd_per_gpu_hour: Number, flop_per_gpu_hour: Number) -> Number:
    """A run by its operations: C × (P_gpu / R), with C = 6 × N × D.

    ``usd_per_gpu_hour`` P_gpu over the achieved ``flop_per_gpu_hour`` R is USD per FLOP.
    Source: the published cost model's companion text, section 5.1.
    """
    return flop * (usd_per_gpu_hour / flop_per_gpu_hour)


def hours_usd(hours: Number, usd_per_gpu_hour: Number) -> Number:
    """A run by its GPU-hours: H × P_gpu."""
    return hours * usd_per_gpu_hour


def node_hours(hours: Number, gpus_per_node: Number) -> Number:
    """Hours of whole nodes: H / G, H in GPU-hours. Nothing is rounded up: nodes run full."""
    return hours / gpus_per_node


def nodes_usd(hours: Number, gpus_per_node: Number, usd_per_node_hour: Number) -> Number:
    """A run on whole nodes: H / G × P_node, with ``usd_per_node_hour`` P_node."""
    return node_hours(hours, gpus_per_node) * usd_per_node_hour


def kaplan_loss(
    parameters: Number,
    tokens: Number,
    parameters_critical: float,
    tokens_critical: float,
    parameters_power: float,
    tokens_power: float,
) -> Number:
    """Loss of a model of N parameters on D tokens: ((N_c / N)^(a_N / a_D) + D_c / D)^a_D.

    In nats per token; the constants hold for the tokenizer and the text that they were fitted to.
    Source: Kaplan et al. 2020, arXiv:2001.08361, equation 1.5.
    """
    by_model = (parameters_critical / parameters) ** (parameters_power / tokens_power)
    return np.asarray((by_model + tokens_critical / tokens) ** tokens_power)[()]


def chinchilla_loss(
    parameters: Number,
    tokens: Number,
    floor: float,
    parameters_factor: float,
    tokens_factor: float,
    parameters_power: float,
    tokens_power: float,
) -> Number:
    """Loss of a model of N parameters on D tokens: E + A / N^a + B / D^b.

    In nats per token; the constants hold for the tokenizer and the text that they were fitted to.
    Source: Hoffmann et al. 2022, arXiv:2203.15556, equation 2.
    """
    model = parameters_factor / parameters**parameters_power
    return floor + model + tokens_factor / tokens**tokens_power


def data_share(data_usd: Number, training_usd: Number) -> Number:
    """Share of the data in a programme of data and training: U_data / (U_data + U_training)."""
    return data_usd / (data_usd + training_usd)


def programme_share(lines: Sequence[BudgetLine]) -> Estimate | None:
    """Share of the data in the counted lines; None where no training is counted.

    Data is every category but training. The interval is that of the joint draws.
    """
    data = [each for each in lines if each.counted and each.category != "training"]
    training = [each for each in lines if each.counted and each.category == "training"]
    if not data or not training:
        return None
    below, above = _summed(data), _summed(training)
    share = Quantity(
        float(data_share(below.point, above.point)),
        np.asarray(data_share(below.draws, above.draws)),
    )
    return share.estimate("counted USD of the data over those of data and training; joint draws")


def training_lines(inputs: Inputs) -> list[BudgetLine]:
    """The run by price per GPU-hour and per node, and published bounds of the steps around it."""
    if not inputs.scenario.training.in_scope:
        return [unknown_line("training", "training of the model", OUT_OF_SCOPE)]
    by_gpu = inputs.scenario.training.method == "gpu"
    hours, note = _hours(inputs)
    gpu = _gpu_line(inputs, hours, by_gpu, note)
    node = _node_line(inputs, hours, not by_gpu, note)
    final = gpu if by_gpu else node
    return [gpu, node, *(_step_line(row, final) for row in step_ranges()), _verifier_line()]


def _hours(inputs: Inputs) -> tuple[Term, str]:
    """GPU-hours of the run, and what has to be said about them."""
    if inputs.scenario.training.hours_from == "given":
        return inputs.plan("H", "training.gpu_hours"), "GPU-hours as given"
    parameters = inputs.plan("N", "training.parameters")
    tokens, said = _tokens(inputs, parameters)
    each = inputs.constant(
        "6",
        "operations per parameter and token",
        FLOP_PER_PARAMETER_AND_TOKEN,
        "FLOP/parameter-token",
        FLOP_SOURCE,
    )
    flop = computed(
        "C",
        "operations of the run",
        "FLOP",
        training_flop,
        "6 × N × D",
        parameters,
        tokens,
        each,
    )
    hours = computed("H", "GPU-hours", "GPU-hour", gpu_hours, "C / R", flop, _achieved(inputs))
    ratio = tokens.value.point / parameters.value.point
    note = f"D: {said}; {plain(ratio)} tokens per parameter, about 20 make the best of a compute"
    return hours, note


def _tokens(inputs: Inputs, parameters: Term) -> tuple[Term, str]:
    """Tokens of the run, and where they are from."""
    source = inputs.scenario.training.tokens_from
    if source == "given":
        return inputs.plan("D", "training.tokens"), "as given"
    known = all(each.forecast.clean_tokens is not None for each in inputs.domains)
    if source == "clean" and known:
        tokens = inputs.over_domains("D", "clean tokens", "token", _clean_tokens)
        return tokens, "the clean tokens of the forecast, each once"
    each = inputs.plan("k", "training.tokens_per_parameter")
    tokens = computed(
        "D", "tokens for N parameters", "token", optimal_tokens, "k × N", parameters, each
    )
    unknown = "the clean tokens are unknown, so " if source == "clean" else ""
    return tokens, f"{unknown}training.tokens_per_parameter × N"


def _clean_tokens(domain: Domain) -> Quantity:
    tokens = domain.forecast.clean_tokens
    if tokens is None:
        raise ValueError(f"domain {domain.name!r}: clean tokens are unknown")
    return tokens


def _achieved(inputs: Inputs) -> Term:
    seconds = inputs.constant(
        "3600", "seconds of an hour", SECONDS_PER_HOUR, "second/hour", "by definition"
    )
    return computed(
        "R",
        "what one GPU achieves",
        "FLOP/GPU-hour",
        achieved_flop_per_hour,
        "F_peak × u × 3600",
        inputs.plan("F_peak", "training.peak_flop_per_gpu_second"),
        inputs.plan("u", "training.utilisation"),
        seconds,
    )


def _gpu_line(inputs: Inputs, hours: Term, counted: bool, note: str) -> BudgetLine:
    price = inputs.price("P_gpu", "training.gpu_price")
    if hours.parts:
        flop, rate = hours.parts
        usd = computed("USD", "training", "USD", training_usd, "C × (P_gpu / R)", flop, price, rate)
    else:
        usd = computed("USD", "training", "USD", hours_usd, "H × P_gpu", hours, price)
    item = "pre-training, GPUs by the hour"
    return line("training", item, counted, usd, hours, FLOP_SOURCE, note=note)


def _node_line(inputs: Inputs, hours: Term, counted: bool, note: str) -> BudgetLine:
    gpus = inputs.plan("G", "training.gpus_per_node")
    price = inputs.price("P_node", "training.node_price")
    usd = computed("USD", "training", "USD", nodes_usd, "H / G × P_node", hours, gpus, price)
    nodes = computed("T", "node-hours", "node-hour", node_hours, "H / G", hours, gpus)
    item = "pre-training, nodes by the hour"
    return line("training", item, counted, usd, nodes, FLOP_SOURCE, note=note)


def _step_line(row: StepRange, final: BudgetLine) -> BudgetLine:
    """A memo line without USD: the bounds as they are published, and in USD of this run."""
    if not row.of:
        text = f"published range {plain(row.low)} to {plain(row.high)} USD"
        return unknown_line("training", row.what, f"not counted; {text}", row.source)
    times = plain(row.low) if row.low == row.high else f"{plain(row.low)} to {plain(row.high)}"
    low, high = compute_multiple(row)
    if final.usd is None or final.usd.point is None:
        raise ValueError(f"{final.item}: expected a line with USD")
    usd = f"{final.usd.point * low:,.0f} to {final.usd.point * high:,.0f} USD of this run"
    text = f"published range {times} times the compute of {row.of}, that is {usd}"
    return unknown_line("training", row.what, f"not counted; {text}", row.source)


def _verifier_line() -> BudgetLine:
    note = (
        "no published figure that we know of; it pays for generating the answers and running "
        "the verifier, and for no comparison"
    )
    return unknown_line("training", "RLVR (rewards that a program verifies)", note)


def _summed(lines: Sequence[BudgetLine]) -> Quantity:
    total = Quantity(0.0, np.zeros(1))
    for each in lines:
        if each.usd is not None and each.usd.point is not None and each.draws is not None:
            total = total + Quantity(each.usd.point, each.draws)
    return total
