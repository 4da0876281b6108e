"""The scenario's section on annotation for fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.money.price_units import PerEntry, PerGpuHour, PerHour, PerPair
from profiler.money.ranges import Amount, AtLeastOne, Positive, Share, planned


@dataclass(frozen=True, slots=True)
class Annotation:
    """Data for supervised fine-tuning (SFT) and preferences (RLHF), made by people.

    Days are working days of one person, hours are working hours, but those of GPUs. An entry is
    an instruction with its answer, or a prompt whose answers are ranked. ``instruction_method``
    and ``preference_method`` each name the one way of paying that is counted.
    """

    in_scope: bool
    instruction_method: Literal["hours", "entries"]
    preference_method: Literal["pairs", "scores", "ranking", "comparisons"]
    annotator_price: PerHour
    reviewer_price: PerHour
    entry_price: PerEntry
    comparison_price: PerPair
    ai_comparison_price: PerPair
    gpu_price: PerGpuHour
    rule_days: Amount = planned("day", "design of the annotation rules")
    expert_share: Share = planned("1", "share of the rule days that a domain expert works")
    engineer_share: Share = planned("1", "share of the rule days that an engineer works")
    user_share: Share = planned("1", "share of the rule days that a user of the model works")
    expert_usd_per_day: Amount = planned("USD/day", "a domain expert")
    engineer_usd_per_day: Amount = planned("USD/day", "an algorithm engineer")
    user_usd_per_day: Amount = planned("USD/day", "a user of the model")
    entries: Amount = planned("entry", "instructions that are written")
    entries_per_hour: Positive = planned("entry/hour", "instructions that one annotator writes")
    review_share: Amount = planned("1", "entries reviewed over entries made; 2: each twice")
    reviews_per_hour: Positive = planned("entry/hour", "entries that one reviewer reviews")
    prompts: Amount = planned("entry", "prompts whose answers are ranked")
    responses: AtLeastOne = planned("1", "answers to one prompt")
    generation_gpu_hours: Amount = planned("GPU-hour", "generation of the answers")
    judges_per_pair: AtLeastOne = planned("pair/entry", "judgements of each pair of answers")
    judges_per_answer: AtLeastOne = planned("score/entry", "scores given to each answer")
    pairs_per_hour: Positive = planned("pair/hour", "pairs that one annotator compares")
    scores_per_hour: Positive = planned("score/hour", "answers that one annotator scores")
    rankings_per_hour: Positive = planned("entry/hour", "prompts whose answers one person ranks")
    rankings_per_prompt: Positive = planned("1", "rankings of one prompt (alpha)")
