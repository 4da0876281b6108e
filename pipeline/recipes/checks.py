"""What a recipe must fulfil beyond its types; each fault is told with its place in the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import cattrs
from cattrs.errors import BaseValidationError, ClassValidationError
from cattrs.gen import make_dict_structure_fn

from pipeline.config import did_you_mean, strict_converter
from pipeline.kernels.line_rules import MAX_PHRASES
from pipeline.kernels.scripts import SCRIPTS
from pipeline.kernels.stop_words import MAX_STOP_WORDS
from pipeline.observer import RESERVED_STAGES
from pipeline.recipes.recipe import (
    Kind,
    LineRules,
    NearDedup,
    Quality,
    Recipe,
    Rule,
    StageSpec,
    WordLists,
)
from pipeline.recipes.wordlists import not_one_word, with_files
from pipeline.stages.measures import MEASURES

T = TypeVar("T")

_STAGE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_HOST = re.compile(r"[^\s/:@?#]+")
_SECTION_OF = {
    "rules": "rules",
    "c4-lines": "lines",
    "exact-dedup": "exact",
    "near-dedup": "near",
    "quality": "quality",
}
_SHOWN = 5  # entries of a list that a message names


def recipe_converter(folder: Path | None) -> cattrs.Converter:
    """A strict converter that also checks the meaning of a recipe.

    With ``folder`` it reads a recipe file: list files are relative to the folder and their content
    is put in, and settings that a stage's kind does not use are faults. Without, it reads a recipe
    from a record, which has all of that in it.
    """
    converter = strict_converter()
    converter.register_structure_hook_func(lambda wanted: wanted == Kind, _kind)
    _check(converter, Rule, _rule_faults)
    _check(converter, LineRules, _line_faults)
    _check(converter, NearDedup, _near_faults)
    _check(converter, StageSpec, _stage_faults)
    _read_lists(converter, folder)
    plain = make_dict_structure_fn(Recipe, converter)

    def structure_recipe(value: Any, kind: Any) -> Recipe:
        faults: list[Exception] = [ValueError(fault) for fault in _stage_list_faults(value, folder)]
        try:
            recipe = plain(value, kind)
        except BaseValidationError as error:
            raise ClassValidationError("recipe", [*error.exceptions, *faults], Recipe) from None
        faults += [ValueError(fault) for fault in _recipe_faults(recipe)]
        return _unless(faults, recipe)

    converter.register_structure_hook(Recipe, structure_recipe)
    return converter


def _check(converter: cattrs.Converter, kind: type[T], faults_of: Callable[[T], list[str]]) -> None:
    """Make the converter refuse a ``kind`` that has faults."""
    plain = make_dict_structure_fn(kind, converter)

    def structure_checked(value: Any, wanted: Any) -> T:
        found: T = plain(value, wanted)
        return _unless([ValueError(fault) for fault in faults_of(found)], found)

    converter.register_structure_hook(kind, structure_checked)


def _read_lists(converter: cattrs.Converter, folder: Path | None) -> None:
    plain = make_dict_structure_fn(WordLists, converter)

    def structure_lists(value: Any, kind: Any) -> WordLists:
        lists: WordLists = plain(value, kind)
        faults: list[Exception] = []
        if folder is not None:
            try:
                lists = with_files(lists, folder)
            except ExceptionGroup as group:
                faults += group.exceptions
        return _unless(faults + [ValueError(fault) for fault in _list_faults(lists)], lists)

    converter.register_structure_hook(WordLists, structure_lists)


def _kind(value: Any, kind: Any) -> Kind:
    known = get_args(kind)
    if value not in known:
        raise ValueError(f"unknown kind {value!r}, {did_you_mean(str(value), list(known))}")
    found: Kind = value
    return found


def _unless(faults: list[Exception], value: T) -> T:
    if faults:
        raise ClassValidationError(type(value).__name__, faults, type(value))
    return value


def _rule_faults(rule: Rule) -> list[str]:
    faults = []
    if rule.measure not in MEASURES:
        hint = did_you_mean(rule.measure, list(MEASURES))
        faults.append(f"unknown measure {rule.measure!r}, {hint}")
    if rule.below is None and rule.above is None:
        faults.append("has neither below nor above, so it could never fire; give at least one")
    if rule.below is not None and rule.above is not None and rule.below > rule.above:
        faults.append(f"below = {rule.below} is over above = {rule.above}: every document fails")
    faults += [
        f"unknown script {script!r}, {did_you_mean(script, list(SCRIPTS))}"
        for script in rule.scripts
        if script not in SCRIPTS
    ]
    return faults + _language_faults(rule.languages)


def _language_faults(languages: tuple[str, ...]) -> list[str]:
    return [
        f"language {language!r}: expected a code of two or three lower-case letters, as 'en'"
        for language in languages
        if not _LANGUAGE.fullmatch(language)
    ]


def _line_faults(lines: LineRules) -> list[str]:
    faults = [
        f"policy phrase {phrase!r} is not ASCII: lines are searched by ASCII letters only"
        for phrase in lines.policy_phrases
        if not phrase.isascii()
    ]
    if len(lines.policy_phrases) >= MAX_PHRASES:
        faults.append(f"policy_phrases: expected fewer than {MAX_PHRASES}")
    if lines.min_words < 0 or lines.max_word_chars < 1:
        faults.append("min_words must be at least 0 and max_word_chars at least 1")
    return faults


def _near_faults(near: NearDedup) -> list[str]:
    if min(near.bands, near.rows, near.shingle_words) < 1:
        return ["bands, rows and shingle_words must each be at least 1"]
    return []


def _quality_faults(quality: Quality) -> list[str]:
    faults = []
    if bool(quality.model) == bool(quality.labelled_set):
        faults.append("give either a model, or a labelled_set to train one from")
    if not 0 <= quality.threshold <= 1:
        faults.append(f"threshold = {quality.threshold}: expected a probability from 0 to 1")
    return faults


def _stage_faults(stage: StageSpec) -> list[str]:
    faults = []
    if not _STAGE_NAME.fullmatch(stage.name):
        faults.append(f"name {stage.name!r}: expected lower-case letters, digits and hyphens")
    if stage.name in RESERVED_STAGES:
        faults.append(f"name {stage.name!r}: the record keeps it for a row of its own; rename it")
    if stage.kind == "rules" and not stage.rules:
        faults.append("a stage of kind 'rules' needs at least one rule")
    if stage.kind == "quality":
        faults += [f"quality: {fault}" for fault in _quality_faults(stage.quality)]
    return faults


def _list_faults(lists: WordLists) -> list[str]:
    faults = _language_faults(tuple(lists.stop_words))
    for language, words in lists.stop_words.items():
        if not 0 < len(words) <= MAX_STOP_WORDS:
            faults.append(
                f"stop_words.{language}: {len(words)} words, expected 1 to {MAX_STOP_WORDS}"
            )
        faults += _odd_words(f"stop_words.{language}", words)
    faults += _odd_words("blocked_words", lists.blocked_words)
    odd_hosts = [host for host in lists.blocked_hosts if not _HOST.fullmatch(host)]
    if odd_hosts:
        faults.append(f"blocked_hosts: expected names of hosts only, found {_some(odd_hosts)}")
    return faults


def _odd_words(where: str, words: tuple[str, ...]) -> list[str]:
    odd = not_one_word(words)
    return [f"{where}: each entry must be one word, found {_some(odd)}"] if odd else []


def _some(entries: list[str]) -> str:
    more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
    return ", ".join(repr(entry) for entry in entries[:_SHOWN]) + more


def _stage_list_faults(value: Any, folder: Path | None) -> list[str]:
    """Faults between stages, found in the raw data so that they come with all others."""
    stages = value.get("stages") if isinstance(value, dict) else None
    listed = [stage for stage in stages if isinstance(stage, dict)] if stages else []
    names = Counter(str(stage.get("name")) for stage in listed if "name" in stage)
    faults = [f"stages: {n} stages are named {name!r}" for name, n in names.items() if n > 1]
    return faults if folder is None else faults + _unused_settings(listed)


def _unused_settings(stages: list[dict[str, Any]]) -> list[str]:
    return [
        f"stages: {stage.get('name')!r} is of kind {stage.get('kind')!r}, which has no "
        f"settings {section!r}"
        for stage in stages
        for section in _SECTION_OF.values()
        if section in stage and _SECTION_OF.get(str(stage.get("kind"))) != section
    ]


def _recipe_faults(recipe: Recipe) -> list[str]:
    faults = []
    if not recipe.stages:
        faults.append("stages: expected at least one")
    if recipe.language and not _LANGUAGE.fullmatch(recipe.language):
        faults += _language_faults((recipe.language,))
    if recipe.max_document_bytes < 1:
        faults.append("max_document_bytes: expected at least 1")
    asks = [
        f"stages: rule {name!r} of {stage.name!r} counts stop words; [lists.stop_words] is empty"
        for stage in recipe.stages
        for name, rule in stage.rules.items()
        if rule.measure == "stop_words" and not recipe.lists.stop_words
    ]
    return faults + asks
