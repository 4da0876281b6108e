"""Every command and TOML file of docs/ does what it says; names in it are those in the code."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from pipeline.errors import CorpuscostError
from pipeline.recipes.catalog import load_recipe
from pipeline.stages.measures import MEASURES
from profiler import measurement
from profiler.cli.main import cli
from profiler.money.prices import default_book, load_book
from profiler.money.scenario import load_scenario, resolve_prices
from profiler.views.parts import PARTS, TABLES

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
BUDGET_EXCEEDED = 3
SLOW = (" report ", " --target-tokens ", " --budget ")
TEMPLATES = ROOT / "profiler" / "views" / "templates"


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    fences = re.split(r"^```(\w*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(fences) % 4 == 1, f"{path}: a fence is not closed"
    named = zip(fences[1::4], fences[2::4], strict=True)
    return [content for name, content in named if name == language]


def commands(path: Path) -> list[str]:
    """Commands in their order, without comments."""
    lines = [line for block in blocks(path, "") for line in block.splitlines()]
    assert all(line.startswith("corpuscost ") for line in lines), path
    return [line.split("#")[0].strip() for line in lines]


def toml_files() -> Iterator[tuple[str, str]]:
    """Name and content of each TOML block; the first line is a comment with the name."""
    for path in DOCS:
        for block in blocks(path, "toml"):
            found = re.match(r"# (\S+\.toml)\n", block)
            assert found, f"{path}: a TOML block begins with a comment that names its file"
            yield found[1], block


@pytest.fixture(scope="module")
def desk(sample_corpus, tmp_path_factory):
    """A folder as a reader has it: a shard, a paper, a profiled run under three names."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "data").mkdir()
    shards = sorted((sample_corpus / "shards").glob("*.parquet"))
    for number, path in enumerate(shards[:2]):
        shutil.copy(path, folder / "data" / f"part-{number}.parquet")
    shutil.copy(sample_corpus / "labelled.jsonl", folder)
    measurement.profile([folder / "data"], folder / "runs" / "mine")
    for name in ("news", "books"):
        shutil.copytree(folder / "runs" / "mine", folder / "runs" / name)
    (folder / "papers").mkdir()
    paper = pypdfium2.PdfDocument.new()
    paper.new_page(595, 842)
    paper.save(folder / "papers" / "paper.pdf")
    for name, content in toml_files():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def run(command: str) -> tuple[int, str, str]:
    """Run a command as a shell would, in this process: what it prints may go to a file."""
    said, _, target = command.partition(" > ")
    words = shlex.split(said)[1:]
    done = CliRunner().invoke(cli, words)
    if isinstance(done.exception, CorpuscostError):
        return 1, done.stdout, f"{done.stderr}\n{done.exception}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if target:
        Path(target.strip()).write_text(done.stdout, encoding="utf-8")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("path", [path for path in DOCS if blocks(path, "")], ids=lambda p: p.stem)
def test_the_commands_run_in_their_order(path, desk, monkeypatch):
    monkeypatch.chdir(desk)
    of_readme = set(commands_of_readme())
    told = commands(path)
    assert len(told) >= 3
    for command in told:
        if command in of_readme and any(word in command for word in SLOW):
            continue  # run by the README's test
        code, printed, complaints = run(command)
        allowed = {0, BUDGET_EXCEEDED} if "--confidence" in command else {0}
        assert code in allowed, f"{command}\n{complaints}"
        if " > " not in command and "--json" not in command and " recipes" not in command:
            wide = [line for line in printed.splitlines() if cell_len(line) > 80]
            assert not wide, f"{command}: does not fit 80 columns\n" + "\n".join(wide[:5])
            assert "\x1b" not in printed


def commands_of_readme() -> list[str]:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return [line.split("#")[0].strip() for line in lines if line.startswith("corpuscost ")]


def test_every_toml_block_loads(desk):
    files = dict(toml_files())
    assert len(files) >= 4
    for name, content in files.items():
        path = desk / name
        if "[[stages]]" in content:
            assert load_recipe(str(path)).stages, name
        elif re.search(r"^\[(price|foreign)\.", content, re.MULTILINE):
            assert load_book(path).prices, name
        else:
            scenario = load_scenario(path)
            resolve_prices(scenario, default_book())
            assert scenario.given, name


def test_every_part_of_a_run_is_explained():
    text = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    for part in PARTS:
        assert f"| `{part}` |" in text, part
    told = re.search(r"one of the tables (.*?), with units", text, re.DOTALL)
    assert told
    assert tuple(re.findall(r"`(\w+)`", told[1])) == TABLES


def test_every_measure_is_named():
    text = (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z0-9_]+)`", text))
    spans = [("top", 2, 4), ("duplicate", 5, 10)]
    for kind, first, last in spans:
        assert {f"{kind}_{n}gram_char_share" for n in (first, last)} <= told
        told |= {f"{kind}_{n}gram_char_share" for n in range(first, last + 1)}
    assert set(MEASURES) <= told


def test_the_stated_chances_of_near_dedup_are_those_of_the_bands():
    def found(similarity: float) -> float:
        return 1 - (1 - similarity**8) ** 14

    assert found(0.685) == pytest.approx(0.5, abs=0.005)
    assert round(found(0.8), 2) == 0.92


def test_every_link_between_the_docs_leads_somewhere():
    generated = {"truth.md"}  # by make truth
    for path in [*DOCS, ROOT / "README.md", ROOT / "samples" / "README.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
            if "://" in target or Path(target).name in generated:
                continue
            assert (path.parent / target).exists(), f"{path}: {target}"


def test_every_section_of_the_page_that_is_explained_is_there():
    text = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| \*\*(.+?)\*\* \|", text, re.MULTILINE)
    pages = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.j2"))
    headings = re.findall(r"<h[23][^>]*>(.*?)</h[23]>", pages)
    assert len(told) >= 10
    for title in told:
        assert any(heading.startswith(title) for heading in headings), title
