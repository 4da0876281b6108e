"""The whole that the sample stands for: from the size that a user gives to text and documents."""

from __future__ import annotations

from pipeline.errors import CorpuscostError
from profiler.record.sample import source_inputs
from profiler.record.schema import Run
from profiler.scaling.basis import stored_conversion, text_conversion
from profiler.scaling.clusters import Clusters, StageCounts
from profiler.scaling.quantity import Estimate, Quantity
from profiler.scaling.ratio import inverse, log_draws, ratio_estimate
from profiler.scaling.simulation import Simulation
from profiler.scaling.volumes import Basis, Target


def convert_target(run: Run, size: float, basis: Basis, simulation: Simulation) -> Target:
    """The target of ``size`` bytes in ``basis``, as stored bytes, text and documents.

    Bytes convert by what whole shards hold, those that a sample was drawn from; the ratio is over
    the text that entered the first stage.
    Raises CorpuscostError for a size that is not positive, a basis that cannot be converted, and a
    record that has read no text.
    """
    if not size > 0:
        raise CorpuscostError(f"target size: expected more than 0 bytes, found {size}")
    inputs = source_inputs(run)
    per_stored_byte = stored_conversion(inputs)
    conversion = text_conversion(inputs, basis)
    read = read_counts(simulation.clusters)
    given = Quantity.certain(size, simulation.draws)
    text = given * _drawn_apart(conversion.text_per_byte, simulation)
    stored = given
    if basis == "text":
        stored = given * _drawn_apart(inverse(per_stored_byte), simulation)
    docs_per_byte = ratio_estimate(read.docs_in, read.bytes_in, simulation.clusters.kind)
    ranks = simulation.ranks(read.docs_in, read.bytes_in)
    documents = text * Quantity(docs_per_byte.point or 0.0, log_draws(docs_per_byte, ranks))
    if not run.totals.bytes_in:
        raise CorpuscostError(
            f"none of the {int(read.docs_in.sum()):,} documents that were read was drawn; profile "
            "again with a larger --sample"
        )
    ratio = text.point / run.totals.bytes_in
    return Target(size, basis, stored, text, documents, ratio, conversion.explanation)


def read_counts(clusters: Clusters) -> StageCounts:
    """Counts of reading; CorpuscostError when the run has read nothing."""
    read = clusters.stages.get("read")
    if read is None or not read.bytes_in.sum():
        raise CorpuscostError(
            "batches.parquet has no row of stage 'read' with text; a forecast needs the volume "
            "that was read: profile shards that hold documents"
        )
    return read


def _drawn_apart(ratio: Estimate, simulation: Simulation) -> Quantity:
    return Quantity(ratio.point or 0.0, log_draws(ratio, simulation.independent_ranks()))
