"""The scenario's section on quality screening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.money.price_units import PerGpuHour, PerMillionTokens
from profiler.money.ranges import Amount, Positive, planned


@dataclass(frozen=True, slots=True)
class Screening:
    """How documents are scored by a model, and what the model is made from. Hours are GPU-hours.

    ``method`` "recipe": the quality stage of the recipe, which runs on CPU and is counted under
    cleaning; "gpu": a neural classifier in its place.
    """

    in_scope: bool
    method: Literal["recipe", "gpu"]
    teacher_input_price: PerMillionTokens
    teacher_output_price: PerMillionTokens
    gpu_price: PerGpuHour
    labelled_documents: Amount = planned("document", "documents that a teacher model labels")
    tokens_in_per_label: Amount = planned(
        "token/document", "tokens that the teacher reads for one label, prompt and document"
    )
    tokens_out_per_label: Amount = planned(
        "token/document", "tokens that the teacher writes for one label"
    )
    training_gpu_hours: Amount = planned("GPU-hour", "training of the neural classifier")
    gpu_hours_per_tb: Positive = planned(
        "GPU-hour/TB", "GPU-hours of the neural classifier per TB of UTF-8 text"
    )
