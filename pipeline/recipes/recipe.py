"""A recipe: which stages, in which order, with which thresholds. Built in or a user's TOML file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["admission", "rules", "c4-lines", "exact-dedup", "near-dedup", "quality"]
DEDUP_KINDS: tuple[Kind, ...] = ("exact-dedup", "near-dedup")


@dataclass(frozen=True, slots=True)
class Rule:
    """Drop a document when ``measure`` is less than ``below`` or more than ``above``.

    The rule holds only for documents of ``languages`` and ``scripts``, where these are given.
    """

    measure: str
    below: float | None = None
    above: float | None = None
    languages: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class LineRules:
    """C4's rules for lines; a line that breaks one is cut out of its document."""

    min_words: int = 5
    max_word_chars: int = 1000
    terminal_punctuation: bool = False
    javascript: bool = True
    policy_phrases: tuple[str, ...] = ()
    strip_citations: bool = True


@dataclass(frozen=True, slots=True)
class ExactDedup:
    """Which texts count as equal: normal form and white space folding before the digest."""

    normal_form: Literal["NFC", "none"] = "NFC"
    fold_white_space: bool = True


@dataclass(frozen=True, slots=True)
class NearDedup:
    """MinHash over word shingles and its bands; permutations = bands × rows."""

    shingle_words: int = 5
    bands: int = 14
    rows: int = 8
    seed: int = 1

    @property
    def permutations(self) -> int:
        return self.bands * self.rows


@dataclass(frozen=True, slots=True)
class Quality:
    """A fastText classifier: a model file, or a labelled set to train one from.

    A document is dropped when the probability of ``keep_label`` is below ``threshold``.
    """

    model: str = ""
    labelled_set: str = ""  # file, or "builtin:NAME" for one that comes with the recipes
    keep_label: str = "keep"
    threshold: float = 0.5
    dimensions: int = 32
    word_ngrams: int = 2
    epochs: int = 5
    buckets: int = 100_000
    learning_rate: float = 0.5
    seed: int = 1
    space_ideographs: bool = True  # every Han and Kana character a word, as the house counts


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One stage of a recipe; only the settings of its kind are used."""

    name: str
    kind: Kind
    rules: dict[str, Rule] = field(default_factory=dict)
    lines: LineRules = field(default_factory=LineRules)
    exact: ExactDedup = field(default_factory=ExactDedup)
    near: NearDedup = field(default_factory=NearDedup)
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True, slots=True)
class WordLists:
    """Lists that rules look up. Files are relative to the recipe; ``builtin`` lists are ours."""

    stop_words: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by language
    blocked_words: tuple[str, ...] = ()
    blocked_words_file: str = ""
    blocked_hosts: tuple[str, ...] = ()
    blocked_hosts_file: str = ""
    blocked_url_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole recipe. ``language`` "" keeps documents of every language."""

    name: str
    description: str
    stages: tuple[StageSpec, ...]
    language: str = ""
    max_document_bytes: int = 20_000_000
    lists: WordLists = field(default_factory=WordLists)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain data, for the record."""
        return asdict(self)
