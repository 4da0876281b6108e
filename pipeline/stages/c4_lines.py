"""C4's rules for lines: a line that breaks one is cut out of its document.

Source: Raffel et al. 2020, section 2.2, and tensorflow_datasets' c4_utils: at least five words, no
word of more than 1,000 characters, terminal punctuation at the end (a switch here: FineWeb found
that it alone costs about 30 % of the tokens, and leaves it off), no "javascript", no phrase of
legal notices; citation marks as in Wikipedia are taken out. (datatrove's default is three words.)
Lines that stay are kept byte for byte, where C4 trims them. Words are those of our tokeniser,
so that Chinese lines have words, and the longest word is the longest run without white space,
ideograph or syllable. Terminal punctuation is that of any script.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.document import TextView
from pipeline.kernels.line_rules import Phrases, keep_lines, phrases_of
from pipeline.recipes.recipe import LineRules, Recipe, StageSpec
from pipeline.stages.stage import Documents


@dataclass(frozen=True, slots=True)
class C4Lines:
    """Cuts lines out of every document that is alive; may leave a document empty."""

    name: str
    rules: LineRules
    phrases: Phrases

    def rewrite(self, documents: Documents) -> TextView:
        return keep_lines(
            documents.text,
            documents.alive,
            self.phrases,
            min_words=self.rules.min_words,
            max_word_chars=self.rules.max_word_chars,
            terminal_punctuation=self.rules.terminal_punctuation,
            strip_citations=self.rules.strip_citations,
        )


def c4_lines(spec: StageSpec, recipe: Recipe) -> C4Lines:
    """The transform of a stage of kind "c4-lines"."""
    del recipe
    javascript = ("javascript",) if spec.lines.javascript else ()
    return C4Lines(spec.name, spec.lines, phrases_of((*javascript, *spec.lines.policy_phrases)))
