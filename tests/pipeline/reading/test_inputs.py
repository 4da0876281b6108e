"""Files, folders and globs into named shards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import CorpuscostError
from pipeline.reading.inputs import FORMATS, find_shards, format_of


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "a/one.jsonl",
        "a/deep/two.parquet",
        "a/.hidden.jsonl",
        "a/.cache/three.jsonl",
        "a/README.md",
        "b/one.jsonl",
        "b/four.warc.wet.gz",
        "c/five.JSONL.GZ",
        "notes/x.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))
    return tmp_path


def names(inputs: list[str | Path]) -> list[str]:
    return [shard.name for shard in find_shards(inputs)]


def test_folder_is_searched_below_without_hidden_files(tree: Path) -> None:
    shards = find_shards([tree / "a"])
    assert [(s.name, s.format, s.bytes) for s in shards] == [
        ("deep/two.parquet", "parquet", 18),
        ("one.jsonl", "jsonl", 11),
    ]
    assert shards[1].path == tree / "a" / "one.jsonl"


def test_one_file_is_named_by_itself(tree: Path) -> None:
    assert names([tree / "a" / "one.jsonl"]) == ["one.jsonl"]


def test_equal_names_of_two_folders_differ(tree: Path) -> None:
    expected = ["a/deep/two.parquet", "a/one.jsonl", "b/four.warc.wet.gz", "b/one.jsonl"]
    assert names([tree / "a", tree / "b"]) == expected
    assert names([tree / "b", tree / "a"]) == expected


def test_globs_and_the_shell_agree(tree: Path) -> None:
    by_pattern = find_shards([f"{tree}/*/one.jsonl"])
    by_shell = find_shards([tree / "b" / "one.jsonl", str(tree / "a" / "one.jsonl")])
    assert by_pattern == by_shell
    assert names([f"{tree}/**/*.parquet"]) == ["two.parquet"]
    assert names([f"{tree}/a/*"]) == ["deep/two.parquet", "one.jsonl"]


def test_duplicates_and_links_count_once(tree: Path) -> None:
    (tree / "a" / "link.jsonl").symlink_to(tree / "a" / "one.jsonl")
    found = names([tree / "a", tree / "a" / "one.jsonl", f"{tree}/a/*.jsonl"])
    assert found == ["deep/two.parquet", "link.jsonl"]


def test_working_directory_and_relative_paths_do_not_matter(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absolute = find_shards([tree / "a", tree / "b"])
    monkeypatch.chdir(tree / "a")
    assert find_shards([".", "../b"]) == absolute
    monkeypatch.chdir(tree)
    assert find_shards(["b", "a/deep/..", "a"]) == absolute


def test_suffixes_are_known_in_any_case(tree: Path) -> None:
    assert [s.format for s in find_shards([tree / "c"])] == ["jsonl.gz"]
    assert format_of(Path("x.warc.wet.gz")) == "wet.gz"
    assert format_of(Path("x.warc.gz")) == "wet.gz"
    assert format_of(Path("x.ndjson.zst")) == "jsonl.zst"
    assert format_of(Path("x.gz")) is None
    assert format_of(Path("parquet")) is None


@pytest.mark.parametrize("given", ["nowhere", "nowhere/*.jsonl", "notes", "notes/x.txt", "notes/*"])
def test_input_that_matches_nothing(given: str, tree: Path) -> None:
    with pytest.raises(CorpuscostError, match="Known suffixes") as fault:
        find_shards([tree / "a", str(tree / given)])
    assert str(tree / given) in str(fault.value)
    assert all(suffix in str(fault.value) for suffix in FORMATS)


def test_no_input() -> None:
    with pytest.raises(CorpuscostError, match="no input given"):
        find_shards([])


def test_file_names_that_look_like_patterns(tree: Path) -> None:
    odd = tree / "notes" / "a[1].jsonl"
    odd.write_bytes(b"")
    assert names([odd]) == ["a[1].jsonl"]


def test_folder_that_may_not_be_listed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = os.scandir

    def refuse_deep(folder: str) -> Iterator[os.DirEntry[str]]:
        if folder.endswith("deep"):
            raise PermissionError(13, "Permission denied", folder)
        return listed(folder)

    monkeypatch.setattr(os, "scandir", refuse_deep)
    with pytest.raises(CorpuscostError, match="deep: cannot be listed: Permission denied"):
        find_shards([tree / "a"])


MANIFEST = '{\n  "schema_version": 1,\n  "design": "documents",\n  "fraction": 0.1\n}\n'


def test_the_manifest_of_a_sample_is_no_shard(tree: Path) -> None:
    folder = tree / "a" / "deep"
    (folder / "sample.json").write_text(MANIFEST)
    expected = ["two.parquet"]
    assert names([folder]) == expected
    assert names([f"{folder}/*"]) == expected
    assert names(sorted(folder.iterdir())) == expected  # as a shell would give FOLDER/*
    with pytest.raises(CorpuscostError, match="name its folder"):
        find_shards([folder / "sample.json"])


def test_a_shard_may_be_named_like_a_manifest(tree: Path) -> None:
    (tree / "a" / "deep" / "sample.json").write_text('{"text": "a document"}\n')
    assert names([tree / "a" / "deep"]) == ["sample.json", "two.parquet"]
