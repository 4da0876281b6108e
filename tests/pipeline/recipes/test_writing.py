"""A recipe that was written is read as the same recipe."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from pipeline.recipes.catalog import load_recipe, recorded_recipe
from pipeline.recipes.recipe import Recipe, Rule, StageSpec
from pipeline.recipes.writing import recipe_toml


def read_back(recipe: Recipe, folder) -> Recipe:
    path = folder / "written.toml"
    path.write_text(recipe_toml(recipe, "two\nlines"), encoding="utf-8")
    return load_recipe(str(path))


@pytest.mark.parametrize("name", ["web-en", "web-multi"])
def test_built_in_recipes_come_back(name, tmp_path):
    recipe = load_recipe(name)
    assert read_back(recipe, tmp_path) == recipe


def test_a_recorded_recipe_in_another_order_comes_back(tmp_path):
    recorded = recorded_recipe(load_recipe("web-en").to_dict(), "run")
    turned = replace(recorded, stages=tuple(reversed(recorded.stages)))
    again = read_back(turned, tmp_path)
    assert [spec.name for spec in again.stages] == [spec.name for spec in turned.stages]
    assert again == turned


def test_entries_of_the_users_list_files_are_written_out(tmp_path):
    (tmp_path / "mine.txt").write_text("foo\nbar\n", encoding="utf-8")
    text = (
        'name = "r"\ndescription = "d"\n[lists]\nblocked_words = ["baz"]\n'
        'blocked_words_file = "mine.txt"\n[[stages]]\nname = "admission"\nkind = "admission"\n'
    )
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    recipe = load_recipe(str(tmp_path / "mine.toml"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    again = read_back(recipe, elsewhere)
    assert again.lists.blocked_words == ("baz", "foo", "bar")
    assert again.lists.blocked_words_file == ""


def test_odd_names_and_text_are_quoted():
    rule = Rule("words", below=1e-05, above=float("inf"), languages=("en",), enabled=False)
    spec = StageSpec("s", "rules", {'odd "name"\x7f\n[x]': rule, "plain-1": rule})
    recipe = Recipe("r", 'a "quoted"\\ text\x01\x7f\n = [x]', (spec,))
    data = tomllib.loads(recipe_toml(recipe))
    assert data["description"] == recipe.description
    (stage,) = data["stages"]
    assert list(stage["rules"]) == list(spec.rules)
    assert stage["rules"]["plain-1"] == {
        "measure": "words",
        "below": 1e-05,
        "above": float("inf"),
        "languages": ["en"],
        "enabled": False,
    }
