"""Quality screening: labels by a teacher model, training of a classifier, and its inference."""

from __future__ import annotations

import math
from collections.abc import Sequence

from profiler.money.cleaning import cleaning_lines
from profiler.money.lines import (
    BYTES_PER_TB,
    BudgetLine,
    Domain,
    Inputs,
    line,
    unknown_line,
)
from profiler.money.ranges import Number, plain
from profiler.money.terms import Term, computed
from profiler.published.tables import Throughput, throughputs

FORMULA_SOURCE = "ABAKA, LLM Data Cost Breakdown, section 2.5"
TOKENS_PER_LOT = 1e6
QUALITY = "quality"
GPU_ITEM = "inference of a neural classifier on GPU"
OUT_OF_SCOPE = "not in scope: screening.in_scope = false"


def training_usd(usd_per_hour: Number, hours: Number) -> Number:
    """Training of the classifier: C_train × T_training.

    ``usd_per_hour`` C_train of one GPU (or core), ``hours`` T_training in its hours.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.5.
    """
    return usd_per_hour * hours


def labels_usd(
    documents: Number,
    tokens_in: Number,
    usd_per_lot_in: Number,
    tokens_out: Number,
    usd_per_lot_out: Number,
    tokens_per_lot: Number = TOKENS_PER_LOT,
) -> Number:
    """Labels by a teacher model: n × (t_in × P_in + t_out × P_out) / 10^6.

    C_data_annotation of the published model where a language model gives the labels: n documents,
    t_in and t_out tokens per document read and written, P_in and P_out in USD per million tokens.
    The formula is ours; the source leaves the annotation without one. Batch rebates and cached
    prompts are not in it.
    """
    return documents * (tokens_in * usd_per_lot_in + tokens_out * usd_per_lot_out) / tokens_per_lot


def inference_usd(usd_per_hour: Number, volume_tb: Number, tb_per_hour: Number) -> Number:
    """Inference over the corpus: C_inference × (V_data / R_inference).

    ``usd_per_hour`` C_inference of the unit whose rate is ``tb_per_hour`` R_inference.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.5.
    """
    return usd_per_hour * inference_hours(volume_tb, tb_per_hour)


def inference_hours(volume_tb: Number, tb_per_hour: Number) -> Number:
    """Hours of inference: V_data / R_inference."""
    return volume_tb / tb_per_hour


def quality_usd(
    usd_per_training_hour: Number,
    training_hours: Number,
    labels: Number,
    usd_per_inference_hour: Number,
    volume_tb: Number,
    tb_per_hour: Number,
) -> Number:
    """The whole of screening: C_train × T_training + C_data_annotation + C_inference × (V / R).

    ``labels`` C_data_annotation in USD; the rest as in training_usd and inference_usd.
    Source: ABAKA, LLM Data Cost Breakdown, section 2.5.
    """
    trained = training_usd(usd_per_training_hour, training_hours)
    return trained + labels + inference_usd(usd_per_inference_hour, volume_tb, tb_per_hour)


def rate_from_hours(hours_per_tb: Number) -> Number:
    """A rate from published hours: R = 1 / h, in TB per hour."""
    return 1.0 / hours_per_tb


def screening_lines(inputs: Inputs) -> list[BudgetLine]:
    """Inference on CPU and on GPU, labels, and training; the scenario says what is counted.

    CPU inference is a stage of the recipe, whose compute is a line of cleaning: here it has no
    USD. Where the recipe has no such stage and no GPU is planned nothing is counted.
    """
    plan = inputs.scenario.screening
    if not plan.in_scope:
        return [unknown_line("screening", "quality screening", OUT_OF_SCOPE)]
    on_gpu = plan.method == "gpu"
    counted = on_gpu or any(each.stage(QUALITY) for each in inputs.domains)
    return [
        *(_recipe_line(each, on_gpu) for each in inputs.domains),
        _labels_line(inputs, counted),
        _training_line(inputs, on_gpu),
        *_gpu_lines(inputs, on_gpu),
    ]


def screening_warnings(lines: Sequence[BudgetLine]) -> list[str]:
    """What the lines of a budget say about GPU inference against all CPU stages together."""
    gpu = _summed([each for each in lines if each.item == GPU_ITEM])
    cpu = _summed([each for each in lines if _is_compute(each)])
    if gpu is None or cpu is None or gpu <= cpu:
        return []
    verb = "costs" if any(x.counted for x in lines if x.item == GPU_ITEM) else "would cost"
    return [
        f"screening by a neural classifier on GPU {verb} {gpu:,.0f} USD, {_times(gpu, cpu)} the "
        f"compute of all CPU stages together ({cpu:,.0f} USD)"
    ]


def _recipe_line(domain: Domain, on_gpu: bool) -> BudgetLine:
    """The recipe's own classifier: a pointer to cleaning, or that it was not measured."""
    item = "inference of the recipe's classifier on CPU"
    stage = domain.stage(QUALITY)
    if stage is None and on_gpu:
        note = "none: the recipe has no stage of kind quality; screening.method = gpu"
        return unknown_line("screening", item, note, domain=domain.name)
    if stage is None:
        note = "not measured: the recipe has no stage of kind quality"
        published = _published_rows("core-h")
        ranges = [f"{plain(x.per_tb_low or 0)} per TB of {x.input_basis}" for x in published]
        if ranges:
            note += f"; published core-hours: {', '.join(ranges)}, other work included"
        source = "; ".join(row.source for row in published)
        return unknown_line("screening", item, note, source, domain.name)
    hours = plain(stage.cpu_hours.point)
    note = f"{hours} CPU-hours, training included, are under cleaning, 'compute: {stage.stage}'"
    if on_gpu:
        note = f"replaced by the neural classifier (screening.method = gpu); {note}"
    else:
        note = f"counted once: {note}"
    return unknown_line("screening", item, note, stage.method, domain.name)


def _labels_line(inputs: Inputs, counted: bool) -> BudgetLine:
    documents = inputs.plan("n", "screening.labelled_documents")
    lot = inputs.constant("10^6", "tokens of a lot", TOKENS_PER_LOT, "token/1e6tokens", "the price")
    usd = computed(
        "C_data_annotation",
        "labels by a teacher model",
        "USD",
        labels_usd,
        "n × (t_in × P_in + t_out × P_out) / 10^6",
        documents,
        inputs.plan("t_in", "screening.tokens_in_per_label"),
        inputs.price("P_in", "screening.teacher_input_price"),
        inputs.plan("t_out", "screening.tokens_out_per_label"),
        inputs.price("P_out", "screening.teacher_output_price"),
        lot,
    )
    note = (
        "once for all domains; screening.labelled_documents = 0 where labels are at hand; the "
        "formula is ours, the published model has none"
    )
    if not counted:
        note = f"not counted: no screening is planned in the recipe; {note}"
    return line("screening", "labels by a teacher model", counted, usd, documents, note=note)


def _training_line(inputs: Inputs, counted: bool) -> BudgetLine:
    hours = inputs.plan("T_training", "screening.training_gpu_hours")
    price = inputs.price("C_train", "screening.gpu_price")
    usd = computed("USD", "training", "USD", training_usd, "C_train × T_training", price, hours)
    note = "once for all domains"
    if not counted:
        note = "not counted: the training of the recipe's classifier is measured with its stage"
    item = "training of a neural classifier"
    return line("screening", item, counted, usd, hours, FORMULA_SOURCE, note=note)


def _gpu_lines(inputs: Inputs, counted: bool) -> list[BudgetLine]:
    compute = [each for each in cleaning_lines(inputs) if _is_compute(each)]
    return [_gpu_line(inputs, domain, counted, compute) for domain in inputs.domains]


def _gpu_line(
    inputs: Inputs, domain: Domain, counted: bool, compute: Sequence[BudgetLine]
) -> BudgetLine:
    volume, basis = _volume(domain)
    hours_per_tb = inputs.plan("h", "screening.gpu_hours_per_tb")
    price = inputs.price("C_inference", "screening.gpu_price")
    rate = computed("R_inference", "rate", "TB/GPU-hour", rate_from_hours, "1 / h", hours_per_tb)
    hours = computed("T", "GPU-hours", "GPU-hour", inference_hours, "V / R_inference", volume, rate)
    usd = computed(
        "USD",
        "inference",
        "USD",
        inference_usd,
        "C_inference × (V / R_inference)",
        price,
        volume,
        rate,
    )
    given = "screening.gpu_hours_per_tb" in inputs.scenario.given
    parts = (
        f"V: {basis}",
        f"h: {inputs.scenario.screening.gpu_hours_per_tb} GPU-hours per TB of text, "
        + ("as given" if given else "published range"),
        _against_cpu(usd, [each for each in compute if each.domain == domain.name]),
    )
    note = "; ".join(part for part in parts if part)
    source = "; ".join((FORMULA_SOURCE, *([] if given else _gpu_sources())))
    return line("screening", GPU_ITEM, counted, usd, hours, source, note=note, domain=domain.name)


def _gpu_sources() -> list[str]:
    return [row.source for row in _published_rows("gpu-h")]


def _published_rows(unit: str) -> list[Throughput]:
    """Published hours of quality models, in the unit that a row begins with."""
    return [
        row
        for row in throughputs()
        if row.stage == "quality_model" and row.hours_unit.startswith(unit) and row.per_tb_low
    ]


def _volume(domain: Domain) -> tuple[Term, str]:
    """What the classifier scores: what reaches the quality stage, or what the recipe leaves."""
    stage = domain.stage(QUALITY)
    if stage is None:
        size, basis = domain.forecast.clean_text_bytes, "the cleaned text"
    else:
        size, basis = stage.bytes_in, f"the text that reaches stage {stage.stage}"
    return domain.measured("V", basis, size / BYTES_PER_TB, "TB"), basis


def _against_cpu(usd: Term, compute: Sequence[BudgetLine]) -> str:
    cpu = _summed(compute)
    if not cpu:
        return ""
    gpu = usd.value.point
    all_stages = f"{_times(gpu, cpu)} the compute of all CPU stages together ({cpu:,.0f} USD)"
    return f"more than all CPU work: {all_stages}" if gpu > cpu else all_stages


def _times(gpu: float, cpu: float) -> str:
    return f"{gpu / cpu:.3g} times" if cpu > 0 else "many times"


def _is_compute(each: BudgetLine) -> bool:
    return each.category == "cleaning" and each.item.startswith("compute: ")


def _summed(lines: Sequence[BudgetLine]) -> float | None:
    """USD of the lines that have them, or None where none has."""
    points = [each.usd.point for each in lines if each.usd and each.usd.point is not None]
    return math.fsum(points) if points else None
