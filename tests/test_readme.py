"""The commands and the code of the README do what they say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

DOMAINS = """\
[target]
scale = "1TB"

[[domain]]
name = "news"
run = "runs/mine"

[[domain]]
name = "books"
run = "runs/books"
shards = ["data/part-1.parquet"]
"""
README = Path(__file__).parents[1] / "README.md"


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, fences taken two by two."""
    fences = re.split(r"^```(\w*)\n", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = zip(fences[1::4], fences[2::4], strict=True)
    return [content for name, content in named if name == language]


@pytest.fixture(scope="module")
def desk(sample_corpus, tmp_path_factory):
    """A folder as a user has it: two shards under data/, and a histogram of duplicates."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "data").mkdir()
    for number, path in enumerate(sorted((sample_corpus / "shards").glob("*.parquet"))):
        shutil.copy(path, folder / "data" / f"part-{number}.parquet")
    groups = '{"spectrum": [[1, 92998], [2, 2800], [3, 350], [4, 88]]}'
    (folder / "groups.json").write_text(groups, encoding="utf-8")
    (folder / "domains.toml").write_text(DOMAINS, encoding="utf-8")
    (folder / "papers").mkdir()
    paper = pypdfium2.PdfDocument.new()
    paper.new_page(595, 842)
    paper.save(folder / "papers" / "paper.pdf")
    return folder


def test_the_commands_run_in_their_order(desk):
    lines = [line for block in blocks("") for line in block.splitlines()]
    commands = [line.split("#")[0].strip() for line in lines if line.startswith("corpuscost ")]
    assert len(commands) >= 15
    for command in commands:
        words = command.replace(
            "corpuscost", f"{shlex.quote(sys.executable)} -m profiler.cli.main", 1
        )
        if " compare runs" in command:
            shutil.copytree(desk / "runs" / "mine", desk / "runs" / "other")
        done = subprocess.run(
            words, shell=True, cwd=desk, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert (desk / "mine.html").stat().st_size > 10_000


def test_the_library_example_runs(desk):
    (code,) = blocks("python")
    code = code.replace("runs/mine", "runs/library")
    script = f"if __name__ == '__main__':\n{re.sub(r'^', '    ', code, flags=re.MULTILINE)}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=desk, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "low=" in done.stdout


def test_the_library_example_of_the_estimate_runs():
    text = (README.parent / "docs" / "estimate.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "estimate"


def test_the_two_commands_come_first():
    first = blocks("")[0]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]
