from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.document import SCHEMA
from pipeline.errors import ConfigError
from pipeline.kernels.scripts import main_scripts
from pipeline.recipes.catalog import (
    build_stage,
    built_in,
    load_recipe,
    recipe_text,
    recorded_recipe,
)
from pipeline.recipes.recipe import Recipe
from pipeline.stages.c4_lines import C4Lines
from pipeline.stages.stage import KEEP, Documents, first_reason, text_of

GOOD = """
name = "mine"
description = "one rule"
language = "en"

[[stages]]
name = "length"
kind = "rules"

[stages.rules.short]
measure = "words"
below = 3
"""


def _load(folder: Path, text: str) -> Recipe:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return load_recipe(str(file))


def _faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        _load(folder, text)
    return [line.strip() for line in str(raised.value).splitlines()[1:]]


def test_the_built_in_recipes_load_and_are_described() -> None:
    assert set(built_in()) == {"web-en", "web-multi"}
    for name, description in built_in().items():
        recipe = load_recipe(name)
        assert (recipe.name, recipe.description) == (name, description)
        assert recipe.lists.blocked_words
        assert f'name = "{name}"' in recipe_text(name)


def test_the_stages_of_web_en() -> None:
    assert [stage.name for stage in load_recipe("web-en").stages] == [
        "admission",
        "blocklist",
        "gopher-quality",
        "gopher-repetition",
        "surface",
        "c4-lines",
        "c4",
        "fineweb",
        "exact-dedup",
        "near-dedup",
        "quality",
    ]


@pytest.mark.parametrize("name", ["web-en", "web-multi"])
def test_every_threshold_names_its_source(name: str) -> None:
    lines = recipe_text(name).splitlines()
    bounds = [line for line in lines if line.startswith(("below =", "above ="))]
    assert len(bounds) > 30
    for line in bounds:
        assert any(source in line for source in ("Gopher", "C4", "FineWeb", "ours")), line


def test_a_recipe_survives_its_record() -> None:
    recipe = load_recipe("web-en")
    assert recorded_recipe(json.loads(json.dumps(recipe.to_dict())), "run.json") == recipe


def test_a_file_is_loaded_with_its_lists(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("spam\n", encoding="utf-8")
    recipe = _load(tmp_path, GOOD + '\n[lists]\nblocked_words_file = "words.txt"\n')
    assert recipe.lists.blocked_words == ("spam",)
    assert recipe.stages[0].rules["short"].below == 3


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'web-multi'"):
        load_recipe("web-mutli")
    with pytest.raises(ConfigError, match="no such file"):
        load_recipe("nowhere/mine.toml")


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = """
name = "mine"
description = "faults"
lang = "en"

[lists]
blocked_words_file = "none.txt"
blocked_hosts = ["https://a.example/"]

[lists.stop_words]
en = ["the end"]

[[stages]]
name = "twice"
kind = "rules"
[stages.rules.a]
measure = "word"
[stages.rules.b]
measure = "words"
below = "3"
[stages.rules.c]
measure = "words"
below = 5
above = 3
scripts = ["latim"]
languages = ["English"]

[[stages]]
name = "twice"
kind = "near-dedup"
[stages.near]
bands = 0
[stages.lines]
policy_phrases = ["politique de confidentialité"]

[[stages]]
name = "Not Good"
kind = "rulez"

[[stages]]
name = "judge"
kind = "quality"
[stages.quality]
threshold = 2
"""
    faults = "\n".join(_faults(tmp_path, text))
    for expected in (
        "lang: unknown key, did you mean 'language'?",
        "none.txt",
        "lists: blocked_hosts: expected names of hosts only, found 'https://a.example/'",
        "lists: stop_words.en: each entry must be one word, found 'the end'",
        "stages[0].rules['a']: unknown measure 'word', did you mean 'words'?",
        "stages[0].rules['a']: has neither below nor above",
        "stages[0].rules['b'].below: expected a number, found '3'",
        "stages[0].rules['c']: below = 5.0 is over above = 3.0",
        "stages[0].rules['c']: unknown script 'latim', did you mean 'latin'?",
        "stages[0].rules['c']: language 'English'",
        "stages[1].near: bands, rows and shingle_words must each be at least 1",
        "stages[1].lines: policy phrase 'politique de confidentialité' is not ASCII",
        "stages[2].kind: unknown kind 'rulez', did you mean 'rules'?",
        "stages[3]: quality: give either a model, or a labelled_set",
        "stages[3]: quality: threshold = 2.0",
        "2 stages are named 'twice'",
        "'twice' is of kind 'near-dedup', which has no settings 'lines'",
    ):
        assert expected in faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('measure = "words"', 'measure = "stop_words"'), "[lists.stop_words] is empty"),
        (('language = "en"', 'language = "English"'), "language 'English'"),
        (('language = "en"', "max_document_bytes = 0"), "max_document_bytes"),
        (('name = "length"', 'name = "Length!"'), "name 'Length!'"),
    ],
)
def test_faults_of_the_whole(change: tuple[str, str], fault: str, tmp_path: Path) -> None:
    assert any(fault in line for line in _faults(tmp_path, GOOD.replace(*change)))


def test_a_recipe_without_stages_and_rules_without_rules(tmp_path: Path) -> None:
    head = GOOD.split("[[stages]]")[0]
    assert any("at least one" in line for line in _faults(tmp_path, head + "stages = []"))
    bare = head + '[[stages]]\nname = "a"\nkind = "rules"\n'
    assert any("needs at least one rule" in line for line in _faults(tmp_path, bare))


ENGLISH = """The harbour of the old town has been rebuilt, and the first boats came in on Monday.
For more than three years nothing could be landed there because the storm had broken the outer wall.
Now the fishermen hope that the price of diesel will fall, so that the longer trips pay again.
"We have waited long enough," says Ruth Hale, who owns two boats and employs six people.
The town council wants to invite all the families that gave money to a feast with music and dancing.
A date will be set as soon as the new crane, which is to be delivered from Norway, has been tested.
"""
CHINESE = """老城的港口已经修好了，第一批渔船在星期一回到了这里。
三年多以来，因为暴风雨毁坏了外面的堤坝，什么货物都不能在那里卸下。
现在渔民们希望柴油的价格能够下降，这样远一点的航程才能重新赚钱。
“我们等得够久了。”拥有两条船、雇着六个人的老板说。
镇议会想邀请所有捐过钱的家庭，参加一个有音乐和舞蹈的宴会。
等到从挪威运来的新起重机通过检验以后，日期就会确定下来。
"""
JAPANESE = """古い町の港が新しくなり、月曜日に最初の船が戻ってきました。
三年以上の間、嵐が外側の壁を壊したために、そこには何も陸揚げできませんでした。
漁師たちは燃料の値段が下がり、長い航海がまた利益になることを願っています。
「もう十分に待ちました」と、二隻の船を持つ女性は話しています。
町の議会は、寄付をしたすべての家族を音楽と踊りの宴に招くつもりです。
ノルウェーから届く新しいクレーンの検査が終わり次第、日取りが決まります。
"""
GERMAN = """Der Hafen der alten Stadt ist wieder aufgebaut, und am Montag kamen die ersten Boote.
Mehr als drei Jahre lang konnte dort nichts entladen werden, weil ein Sturm die Mauer zerstört hat.
Jetzt hoffen die Fischer, dass der Preis für Diesel sinkt und sich die weiten Fahrten wieder lohnen.
„Wir haben lange genug gewartet“, sagt Ruth, die zwei Boote besitzt und sechs Leute beschäftigt.
Der Stadtrat will alle Familien, die Geld gegeben haben, zu einem Fest mit Musik und Tanz einladen.
Ein Termin steht fest, sobald der neue Kran aus Norwegen geliefert und von Fachleuten geprüft ist.
"""


def _reasons(recipe_name: str, texts: list[str], langs: list[str | None]) -> list[str]:
    """What the filters of a recipe say of each text, in order, dedup and quality left out."""
    recipe = load_recipe(recipe_name)
    number = len(texts)
    columns = {name: [None] * number for name in ("url", "source")}
    batch = pa.RecordBatch.from_pydict(
        {"id": [str(row) for row in range(number)], **columns, "lang": langs, "text": texts}, SCHEMA
    )
    view = text_of(batch)
    alive = np.ones(number, np.bool_)
    positions = np.arange(number, dtype=np.uint32)
    documents = Documents(batch, view, alive, main_scripts(view, alive), positions)
    reasons = ["kept"] * number
    for spec in recipe.stages:
        if spec.kind not in ("admission", "rules", "c4-lines"):
            continue
        stage = build_stage(spec, recipe)
        if isinstance(stage, C4Lines):
            documents.replace_text(stage.rewrite(documents))
            continue
        fired = first_reason(stage.failures(documents))
        for row in np.flatnonzero(fired != KEEP):
            reasons[row] = f"{stage.name}/{stage.reasons[fired[row]]}"
        documents.alive = documents.alive & (fired == KEEP)
    return reasons


def test_web_en_keeps_english_prose_only() -> None:
    texts = [ENGLISH, ENGLISH, CHINESE, "Too short.", ENGLISH + "{", ENGLISH[:90] * 9]
    langs = ["en", None, "zh", "en", "en", "en"]
    assert _reasons("web-en", texts, langs) == [
        "kept",
        "kept",
        "admission/language",
        "gopher-quality/too-few-words",
        "kept",  # the bracket stands alone on a line, which is cut out first
        "gopher-repetition/duplicate-lines",
    ]
    assert _reasons("web-en", [ENGLISH + "It said {x} on a sign there."], ["en"]) == [
        "c4/curly-bracket"
    ]


@pytest.mark.parametrize("unknown", [False, True])
def test_web_multi_keeps_prose_in_every_language(unknown: bool) -> None:
    texts = [ENGLISH, CHINESE, JAPANESE, GERMAN]
    langs: list[str | None] = ["en", "zh", "ja", "de"]
    assert _reasons("web-multi", texts, [None] * 4 if unknown else langs) == ["kept"] * 4


def test_web_multi_still_drops_what_is_bad_in_chinese() -> None:
    line = CHINESE.splitlines()[0] + "\n"
    assert _reasons("web-multi", ["短文。", line * 12], ["zh", "zh"]) == [
        "gopher-quality/too-few-characters",
        "gopher-repetition/duplicate-lines",
    ]


def test_a_kind_that_is_no_filter_is_refused() -> None:
    recipe = load_recipe("web-en")
    with pytest.raises(ValueError, match="near-dedup"):
        build_stage(recipe.stages[9], recipe)


def test_a_stage_may_not_take_the_name_of_a_row_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = recipe_text("web-multi").replace('name = "surface"', 'name = "read"', 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="'read': the record keeps it"):
        load_recipe(str(path))
