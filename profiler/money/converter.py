"""The user's own sample of documents, converted by `corpuscost convert`, in a budget."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.conversion.rates import ConversionRates, conversion_rates
from profiler.conversion.record import ConversionRecord, load_conversion
from profiler.money.lines import Inputs
from profiler.money.terms import Origin, Term
from profiler.scaling.quantity import Quantity


@dataclass(frozen=True, slots=True)
class ConverterSample:
    """A record of a conversion, its rates with draws, and where it lies and what it holds."""

    record: ConversionRecord
    rates: ConversionRates
    where: str

    def rate(self, symbol: str) -> Term:
        """Pages per CPU-second of the profiled machine."""
        meaning = "pages per CPU-second of the profiled machine"
        return self._term(symbol, meaning, self.rates.pages_per_cpu_second, "page/vCPU-second")

    def scanned_share(self, symbol: str) -> Term:
        """The share of the pages that have no text layer and are not blank."""
        return self._term(symbol, "share of such pages", self.rates.recognition_share, "1")

    def remarks(self) -> str:
        """What the rate covers, and what of the sample could not be converted."""
        totals = self.record.totals
        remarks = (
            f"text layer only: {self.record.pages_per_cpu_second.method}; F_complexity does not "
            "apply, since the sample has the complexity of its documents"
        )
        if not totals.files_failed and not totals.pages_failed:
            return remarks
        return (
            f"{remarks}; of the sample {totals.files_failed:,} of {totals.files:,} files and "
            f"{totals.pages_failed:,} pages of others could not be converted, and such documents "
            "of the whole are not priced"
        )

    def _term(self, symbol: str, meaning: str, value: Quantity, unit: str) -> Term:
        return Term(symbol, meaning, value, unit, Origin("measured", self.where))


def converter_sample(inputs: Inputs) -> ConverterSample | None:
    """The record that conversion.measured names; RunError when it cannot be read."""
    named = inputs.scenario.conversion.measured
    if not named:
        return None
    record = load_conversion(inputs.scenario.folder / named)
    totals = record.totals
    where = (
        f"{named} of {record.created_at[:10]}: pypdfium2 {record.versions.get('pypdfium2', '')} "
        f"on {totals.files - totals.files_failed:,} files with {totals.pages:,} pages"
    )
    return ConverterSample(record, conversion_rates(record, inputs.draws, inputs.seed), where)
