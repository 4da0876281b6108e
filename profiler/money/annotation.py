"""Annotation for fine-tuning: rules, instructions, preferences by people or models, and review."""

from __future__ import annotations

from profiler.money.lines import BudgetLine, Inputs, line, unknown_line
from profiler.money.ranges import Number, plain
from profiler.money.terms import Term, computed, product
from profiler.published.model import price_ranges

FORMULA_SOURCE = "ABAKA, LLM Data Cost Breakdown, section 3.3"
OUT_OF_SCOPE = "not in scope: annotation.in_scope = false"
PUBLISHED = ("sft-domain", "rlhf-domain")


def rules_usd(
    days: Number,
    expert_share: Number,
    expert_usd: Number,
    engineer_share: Number,
    engineer_usd: Number,
    user_share: Number,
    user_usd: Number,
) -> Number:
    """Design of the rules: T_total × Σ R_x × S_x over expert, engineer and user.

    ``days`` T_total in working days; the shares R_x are in (0, 1], the rates S_x in USD per
    person-day. (The source's text names S_expert twice; its formula has S_engineer.)
    Source: ABAKA, LLM Data Cost Breakdown, section 3.3.
    """
    rates = expert_share * expert_usd + engineer_share * engineer_usd + user_share * user_usd
    return days * rates


def creation_usd(entries: Number, entries_per_hour: Number, usd_per_hour: Number) -> Number:
    """Writing of instructions: N / R_creation_speed × S_annotator, in USD.

    Source: ABAKA, LLM Data Cost Breakdown, section 3.3, the first term of instruction building.
    """
    return entries / entries_per_hour * usd_per_hour


def review_usd(
    entries: Number, review_share: Number, reviews_per_hour: Number, usd_per_hour: Number
) -> Number:
    """Review: N × R_review / R_review_speed × S_reviewer, in USD.

    ``review_share`` R_review is entries reviewed over entries made.
    Source: ABAKA, LLM Data Cost Breakdown, section 3.3, the second term of instruction building.
    The source gives Budget_review of preferences no formula; that it is this one is ours.
    """
    return entries * review_share / reviews_per_hour * usd_per_hour


def instruction_usd(
    entries: Number,
    entries_per_hour: Number,
    annotator_usd: Number,
    review_share: Number,
    reviews_per_hour: Number,
    reviewer_usd: Number,
) -> Number:
    """Instruction building, written and reviewed.

    N / R_creation_speed × S_annotator + N × R_review / R_review_speed × S_reviewer; speeds per
    hour, wages in USD per hour.
    Source: ABAKA, LLM Data Cost Breakdown, section 3.3.
    """
    made = creation_usd(entries, entries_per_hour, annotator_usd)
    return made + review_usd(entries, review_share, reviews_per_hour, reviewer_usd)


def entries_usd(entries: Number, usd_per_entry: Number) -> Number:
    """Entries at a price each: N × C_entry.

    Source: ABAKA, LLM Data Cost Breakdown, example of continued pre-training (about 6 USD).
    """
    return entries * usd_per_entry


def pairs(responses: Number) -> Number:
    """Pairs among n answers to one prompt: C(n, 2) = n × (n - 1) / 2."""
    return responses * (responses - 1) / 2


def pairwise_usd(
    prompts: Number,
    responses: Number,
    pairs_per_hour: Number,
    usd_per_hour: Number,
    judges: Number = 1.0,
) -> Number:
    """Preferences by comparing: N × C(n, 2) × j / R_rank_speed × S_annotator.

    N ``prompts`` with n ``responses`` each, ``pairs_per_hour`` R_rank_speed; each pair is judged
    ``judges`` j times (ours; the source has j = 1).
    Source: ABAKA, LLM Data Cost Breakdown, section 3.3.
    """
    return prompts * pairs(responses) * judges / pairs_per_hour * usd_per_hour


def scores_usd(
    prompts: Number,
    responses: Number,
    scores_per_hour: Number,
    usd_per_hour: Number,
    judges: Number = 1.0,
) -> Number:
    """Preferences by scoring each answer alone: N × n × j / R_score_speed × S_annotator.

    Linear in n where comparing is quadratic. Ours, in the form of pairwise_usd.
    """
    return prompts * responses * judges / scores_per_hour * usd_per_hour


def ranking_usd(
    prompts: Number, per_prompt: Number, rankings_per_hour: Number, usd_per_hour: Number
) -> Number:
    """Preferences by ranking all answers of a prompt: N × alpha / R_ranking_speed × S_annotator.

    ``per_prompt`` alpha, rankings of one prompt. (The source uses the letter a second time; in
    crawling it is another quantity.)
    Source: ABAKA, LLM Data Cost Breakdown, section 3.3, the second term of RLHF.
    """
    return prompts * per_prompt / rankings_per_hour * usd_per_hour


def rlhf_usd(
    generation_hours: Number,
    cluster_usd_per_hour: Number,
    prompts: Number,
    per_prompt: Number,
    rankings_per_hour: Number,
    annotator_usd: Number,
    review: Number,
) -> Number:
    """RLHF data, generated, ranked and reviewed.

    T_generation × C_gpu_cluster + N × alpha / R_ranking_speed × S_annotator + Budget_review;
    ``cluster_usd_per_hour`` C_gpu_cluster is of what runs for ``generation_hours``, ``review`` is
    in USD.
    Source: ABAKA, LLM Data Cost Breakdown, section 3.3.
    """
    ranked = ranking_usd(prompts, per_prompt, rankings_per_hour, annotator_usd)
    return generation_hours * cluster_usd_per_hour + ranked + review


def comparisons_usd(
    prompts: Number, responses: Number, usd_per_pair: Number, judges: Number = 1.0
) -> Number:
    """Comparisons at a price each, by people or by a model: N × C(n, 2) × j × C_pair."""
    return prompts * pairs(responses) * judges * usd_per_pair


def saving(usd: Number, cheaper_usd: Number) -> Number:
    """How many times less something costs: U / U_cheaper."""
    return usd / cheaper_usd


def annotation_lines(inputs: Inputs) -> list[BudgetLine]:
    """Rules, instructions, preferences and review; the scenario says which way is counted."""
    plan = inputs.scenario.annotation
    if not plan.in_scope:
        return [unknown_line("annotation", "data for SFT and RLHF", OUT_OF_SCOPE)]
    return [
        _rules_line(inputs),
        *_instruction_lines(inputs, plan.instruction_method),
        *_preference_lines(inputs, plan.preference_method),
        *_published_lines(),
    ]


def _rules_line(inputs: Inputs) -> BudgetLine:
    days = inputs.plan("T_total", "annotation.rule_days")
    parts = [
        part
        for who in ("expert", "engineer", "user")
        for part in (
            inputs.plan(f"R_{who}", f"annotation.{who}_share"),
            inputs.plan(f"S_{who}", f"annotation.{who}_usd_per_day"),
        )
    ]
    formula = "T_total × (R_expert × S_expert + R_engineer × S_engineer + R_user × S_user)"
    usd = computed("usd", "design of the rules", "USD", rules_usd, formula, days, *parts)
    return line("annotation", "design of the rules", True, usd, days, FORMULA_SOURCE)


def _instruction_lines(inputs: Inputs, method: str) -> list[BudgetLine]:
    by_hours = method == "hours"
    entries = inputs.plan("N", "annotation.entries")
    speed = inputs.plan("R_creation_speed", "annotation.entries_per_hour")
    wage = inputs.price("S_annotator", "annotation.annotator_price")
    formula = "N / R_creation_speed × S_annotator"
    made = computed("usd", "instructions", "USD", creation_usd, formula, entries, speed, wage)
    price = inputs.price("C_entry", "annotation.entry_price")
    bought = computed("usd", "instructions", "USD", entries_usd, "N × C_entry", entries, price)
    all_in = "review taken to be in the price: the source does not say"
    return [
        line("annotation", "SFT instructions by hours", by_hours, made, entries, FORMULA_SOURCE),
        _review_line(inputs, "SFT review", entries, by_hours, FORMULA_SOURCE),
        line(
            "annotation", "SFT instructions per entry", not by_hours, bought, entries, note=all_in
        ),
    ]


def _review_line(
    inputs: Inputs, item: str, entries: Term, counted: bool, source: str, note: str = ""
) -> BudgetLine:
    share = inputs.plan("R_review", "annotation.review_share")
    speed = inputs.plan("R_review_speed", "annotation.reviews_per_hour")
    wage = inputs.price("S_reviewer", "annotation.reviewer_price")
    formula = "N × R_review / R_review_speed × S_reviewer"
    usd = computed("usd", item, "USD", review_usd, formula, entries, share, speed, wage)
    reviewed = computed("n", "entries reviewed", "entry", product, "N × R_review", entries, share)
    return line("annotation", item, counted, usd, reviewed, source, note=note)


def _preference_lines(inputs: Inputs, method: str) -> list[BudgetLine]:
    """Generation and review, and between them each way to get preferences, one of them counted."""
    prompts = inputs.plan("N", "annotation.prompts")
    responses = inputs.plan("n", "annotation.responses")
    note = "the published model names this budget without a formula; that of SFT review is used"
    return [
        _generation_line(inputs),
        _pairs_line(inputs, prompts, responses, method == "pairs"),
        _scores_line(inputs, prompts, responses, method == "scores"),
        _ranking_line(inputs, prompts, method == "ranking"),
        *_comparison_lines(inputs, prompts, responses, method == "comparisons"),
        _review_line(inputs, "RLHF review", prompts, True, FORMULA_SOURCE, note),
    ]


def _generation_line(inputs: Inputs) -> BudgetLine:
    hours = inputs.plan("T_generation", "annotation.generation_gpu_hours")
    price = inputs.price("C_gpu_cluster", "annotation.gpu_price")
    formula = "T_generation × C_gpu_cluster"
    usd = computed("usd", "generation", "USD", product, formula, hours, price)
    note = "T_generation in GPU-hours, so that C_gpu_cluster is the price of one GPU"
    item = "RLHF generation of answers"
    return line("annotation", item, True, usd, hours, FORMULA_SOURCE, note=note)


def _pairs_line(inputs: Inputs, prompts: Term, responses: Term, counted: bool) -> BudgetLine:
    judges = inputs.plan("j", "annotation.judges_per_pair")
    speed = inputs.plan("R_rank_speed", "annotation.pairs_per_hour")
    wage = inputs.price("S_annotator", "annotation.annotator_price")
    usd = computed(
        "usd",
        "pairs compared",
        "USD",
        pairwise_usd,
        "N × n × (n - 1) / 2 × j / R_rank_speed × S_annotator",
        prompts,
        responses,
        speed,
        wage,
        judges,
    )
    compared = _compared(prompts, responses, judges)
    note = f"C(n, 2) = {plain(float(pairs(responses.value.point)))} pairs per prompt"
    item = "RLHF preferences, pairs by hours"
    return line("annotation", item, counted, usd, compared, FORMULA_SOURCE, note=note)


def _compared(prompts: Term, responses: Term, judges: Term) -> Term:
    formula = "N × n × (n - 1) / 2 × j"
    return computed("p", "pairs", "pair", _pairs_in_all, formula, prompts, responses, judges)


def _pairs_in_all(prompts: Number, responses: Number, judges: Number) -> Number:
    return prompts * pairs(responses) * judges


def _scores_line(inputs: Inputs, prompts: Term, responses: Term, counted: bool) -> BudgetLine:
    judges = inputs.plan("j", "annotation.judges_per_answer")
    speed = inputs.plan("R_score_speed", "annotation.scores_per_hour")
    wage = inputs.price("S_annotator", "annotation.annotator_price")
    usd = computed(
        "usd",
        "answers scored",
        "USD",
        scores_usd,
        "N × n × j / R_score_speed × S_annotator",
        prompts,
        responses,
        speed,
        wage,
        judges,
    )
    scored = computed("s", "scores", "score", product, "N × n × j", prompts, responses, judges)
    item = "RLHF preferences, scores by hours"
    return line("annotation", item, counted, usd, scored, "ours, in the form of the pairs")


def _ranking_line(inputs: Inputs, prompts: Term, counted: bool) -> BudgetLine:
    alpha = inputs.plan("alpha", "annotation.rankings_per_prompt")
    speed = inputs.plan("R_ranking_speed", "annotation.rankings_per_hour")
    wage = inputs.price("S_annotator", "annotation.annotator_price")
    formula = "N × alpha / R_ranking_speed × S_annotator"
    usd = computed("usd", "rankings", "USD", ranking_usd, formula, prompts, alpha, speed, wage)
    ranked = computed("r", "rankings", "entry", product, "N × alpha", prompts, alpha)
    item = "RLHF preferences, rankings by hours"
    return line("annotation", item, counted, usd, ranked, FORMULA_SOURCE)


def _comparison_lines(
    inputs: Inputs, prompts: Term, responses: Term, counted: bool
) -> list[BudgetLine]:
    """The same pairs at a price each: by people, and by a model (RLAIF), which is memo."""
    people = inputs.price("C_pair", "annotation.comparison_price")
    model = inputs.price("C_pair", "annotation.ai_comparison_price")
    judges = inputs.plan("j", "annotation.judges_per_pair")
    fewer = saving(people.value.point, model.value.point) if model.value.point else None
    note = "" if fewer is None else f"{plain(float(fewer))} times less than a person's comparison"

    def bought(item: str, price: Term, counts: bool, note: str) -> BudgetLine:
        formula = "N × n × (n - 1) / 2 × j × C_pair"
        parts = (prompts, responses, price, judges)
        usd = computed("usd", item, "USD", comparisons_usd, formula, *parts)
        compared = _compared(prompts, responses, judges)
        return line("annotation", item, counts, usd, compared, note=note)

    return [
        bought("RLHF preferences, price per pair", people, counted, ""),
        bought("RLAIF preferences, price per pair", model, False, note),
    ]


def _published_lines() -> list[BudgetLine]:
    """Published totals per domain beside the lines, as bounds without a point."""
    found = {row.id: row for row in price_ranges()}
    lines = []
    for row in (found[name] for name in PUBLISHED):
        note = f"not counted; published range {plain(row.low_usd)} to {plain(row.high_usd)} USD"
        lines.append(unknown_line("annotation", row.what, note, row.source))
    return lines
