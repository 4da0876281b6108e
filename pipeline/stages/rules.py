"""Filters made of rules: a measure, its bounds, and the documents that it holds for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.document import Mask
from pipeline.recipes.recipe import Recipe, Rule, StageSpec
from pipeline.stages.languages import in_scripts, is_one_of
from pipeline.stages.lexicon import Lexicon, lexicon_of
from pipeline.stages.measures import measure
from pipeline.stages.stage import Documents, Failures


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """Drops a document when one of the rules fires; rules that are off are left out."""

    name: str
    rules: dict[str, Rule]
    lexicon: Lexicon

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(self.rules)

    def failures(self, documents: Documents) -> Failures:
        languages = documents.columns.column("lang")
        failed = np.zeros((len(documents), len(self.rules)), np.bool_)
        for column, rule in enumerate(self.rules.values()):
            held = documents.alive
            if rule.languages:
                held = held & self._of_language(rule, languages)
            if rule.scripts:
                held = held & in_scripts(documents.script, rule.scripts)
            if held.any():
                failed[:, column] = held & self._fires(rule, documents)
        return failed

    def _fires(self, rule: Rule, documents: Documents) -> Mask:
        """A comparison with NaN is false: a measure that does not apply fires no rule."""
        values = measure(documents, rule.measure, self.lexicon)
        low = -np.inf if rule.below is None else rule.below
        high = np.inf if rule.above is None else rule.above
        return (values < low) | (values > high)

    def _of_language(self, rule: Rule, languages: pa.Array) -> Mask:
        """A document of unknown language is taken to be in the recipe's."""
        return is_one_of(languages, rule.languages, self.lexicon.language in rule.languages)


def rule_filter(spec: StageSpec, recipe: Recipe) -> RuleFilter:
    """The filter of a stage of kind "rules"; rules are tried in the order of the recipe."""
    rules = {name: rule for name, rule in spec.rules.items() if rule.enabled}
    return RuleFilter(spec.name, rules, lexicon_of(recipe))
