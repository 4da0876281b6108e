"""A recipe as a TOML file that ``load_recipe`` reads as the same recipe."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path
from typing import Any

from pipeline.recipes.recipe import Recipe, StageSpec, WordLists
from pipeline.recipes.wordlists import BUILT_IN, with_files

_SECTION_OF = {
    "rules": "rules",
    "c4-lines": "lines",
    "exact-dedup": "exact",
    "near-dedup": "near",
    "quality": "quality",
}


def recipe_toml(recipe: Recipe, comment: str = "") -> str:
    """The recipe as TOML; ``comment`` comes first, a line of it at a time.

    Built-in word lists are named, the entries of a user's list files are written out. Models and
    labelled sets of the user's are named as in the recipe: relative to where its file lies.
    """
    head = {key: value for key, value in asdict(recipe).items() if key not in ("stages", "lists")}
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    lines += [*_pairs(head), "", "[lists]", *_list_lines(recipe.lists)]
    for spec in recipe.stages:
        lines += _stage_lines(spec)
    return "\n".join(lines) + "\n"


def _list_lines(lists: WordLists) -> list[str]:
    built_in = WordLists(
        blocked_words_file=_named(lists.blocked_words_file),
        blocked_hosts_file=_named(lists.blocked_hosts_file),
    )
    filled = with_files(built_in, Path())
    own = replace(
        built_in,
        blocked_words=_beyond(lists.blocked_words, filled.blocked_words),
        blocked_hosts=_beyond(lists.blocked_hosts, filled.blocked_hosts),
        blocked_url_words=lists.blocked_url_words,
    )
    plain = {key: value for key, value in asdict(own).items() if key != "stop_words" and value}
    return [*_pairs(plain), "", "[lists.stop_words]", *_pairs(dict(lists.stop_words))]


def _named(file: str) -> str:
    return file if file.startswith(BUILT_IN) else ""


def _beyond(listed: tuple[str, ...], filled: tuple[str, ...]) -> tuple[str, ...]:
    known = set(filled)
    return tuple(entry for entry in listed if entry not in known)


def _stage_lines(spec: StageSpec) -> list[str]:
    lines = ["", "[[stages]]", *_pairs({"name": spec.name, "kind": spec.kind})]
    if spec.kind == "rules":
        for name, rule in spec.rules.items():
            lines += ["", f"[stages.rules.{_text(name)}]", *_pairs(_set_fields(rule))]
        return lines
    section = _SECTION_OF.get(spec.kind)
    if section is None:
        return lines
    settings = asdict(getattr(spec, section))
    return [*lines, "", f"[stages.{section}]", *_pairs(settings)]


def _set_fields(rule: Any) -> dict[str, Any]:
    """Fields of a rule that are not as they would be when left out; TOML has no null."""
    return {
        field.name: getattr(rule, field.name)
        for field in fields(rule)
        if field.default is MISSING or getattr(rule, field.name) != field.default
    }


def _pairs(values: dict[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in values.items()]


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return repr(value)


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for the control character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
