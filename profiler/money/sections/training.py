"""The scenario's section on the training of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.money.price_units import PerGpuHour, PerNodeHour
from profiler.money.ranges import AtLeastOne, Positive, PositiveShare, planned


@dataclass(frozen=True, slots=True)
class Training:
    """The model that the corpus is for. Hours are hours of GPUs or of whole nodes.

    ``tokens_from`` "clean": what the forecast leaves, once, or ``tokens_per_parameter`` times N
    where its tokens are unknown; "optimal": that multiple of N; "given": ``tokens``.
    ``hours_from`` "flop": from N, D and what a GPU achieves; "given": ``gpu_hours``.
    """

    in_scope: bool
    method: Literal["gpu", "node"]
    tokens_from: Literal["clean", "optimal", "given"]
    hours_from: Literal["flop", "given"]
    gpu_price: PerGpuHour
    node_price: PerNodeHour
    parameters: Positive = planned("parameter", "parameters of the model")
    tokens: Positive = planned("token", "tokens that the model is trained on")
    tokens_per_parameter: Positive = planned("token/parameter", "tokens per parameter")
    peak_flop_per_gpu_second: Positive = planned(
        "FLOP/GPU-second", "peak of one GPU in the precision of the training, without sparsity"
    )
    utilisation: PositiveShare = planned("1", "share of the peak that the training achieves")
    gpu_hours: Positive = planned("GPU-hour", "GPU-hours of the run")
    gpus_per_node: AtLeastOne = planned("GPU/node", "GPUs of one node")
