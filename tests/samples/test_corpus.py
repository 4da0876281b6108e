from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import samples
from pipeline.errors import ConfigError
from samples.composition import MAX_DOCUMENT_BYTES, compose
from samples.corpus import content_sha256
from samples.placing import place

SMALL = 500_000


def digests(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, samples.Manifest]:
    directory = tmp_path_factory.mktemp("small")
    return directory, samples.generate(directory, SMALL, seed=1)


def test_same_seed_gives_the_same_bytes(small, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    directory, manifest = small
    assert samples.generate(tmp_path, SMALL, seed=1) == manifest
    assert digests(tmp_path) == digests(directory)


def test_the_content_is_the_same_on_every_machine(small) -> None:  # type: ignore[no-untyped-def]
    """Pinned, before compression; whoever changes the generator raises GENERATOR_VERSION."""
    directory, manifest = small
    labelled = hashlib.sha256((directory / "labelled.jsonl").read_bytes()).hexdigest()
    assert manifest.generator_version == 1
    assert manifest.content_sha256[:16] == "dd49433f3f6d31b7"
    assert labelled[:16] == "04b9ef8060bf1a8b"


def test_another_seed_gives_another_corpus(small) -> None:  # type: ignore[no-untyped-def]
    assert content_sha256(place(compose(SMALL, 1), 1)) == small[1].content_sha256
    assert content_sha256(place(compose(SMALL, 2), 2)) != small[1].content_sha256


def test_a_directory_can_be_written_again(small, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    samples.generate(tmp_path, SMALL + 100_000, seed=9)
    samples.generate(tmp_path, SMALL, seed=1)
    assert digests(tmp_path) == digests(small[0])


def test_size_is_met_and_progress_ends_at_it(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    manifest = samples.generate(
        tmp_path, 1_300_000, 3, lambda done, whole: told.append((done, whole))
    )
    assert abs(manifest.text_bytes / 1_300_000 - 1) < 0.05
    assert told[-1] == (1_300_000, 1_300_000)
    assert told == sorted(told)
    assert len(told) > 1


def test_size_of_the_smallest_and_of_the_shared_corpus(small, corpus) -> None:  # type: ignore[no-untyped-def]
    for manifest in (small[1], corpus.manifest):
        assert abs(manifest.text_bytes / manifest.size_bytes - 1) < 0.05


def test_manifest_is_what_is_there(corpus) -> None:  # type: ignore[no-untyped-def]
    manifest, truth = corpus.manifest, corpus.truth
    saved = json.loads((corpus.directory / "manifest.json").read_text())
    assert saved == json.loads(json.dumps(asdict(manifest)))
    assert manifest.documents == len(truth) == sum(s.documents for s in manifest.shards)
    assert manifest.text_bytes == sum(row["text_bytes"] for row in truth)
    assert manifest.exact_copies == sum(row["is_exact_copy"] for row in truth)
    assert manifest.near_copies == sum(row["is_near_copy"] for row in truth)
    assert manifest.near_pairs == len(corpus.pairs)
    assert sum(manifest.kinds.values()) == sum(manifest.languages.values()) == len(truth)
    found = digests(corpus.directory)
    assert {s.path: s.sha256 for s in manifest.shards} == {
        path: digest for path, digest in found.items() if path.startswith("shards")
    }


def test_texts_are_bounded_and_lengths_are_heavy_tailed(corpus) -> None:  # type: ignore[no-untyped-def]
    sizes = sorted(row["text_bytes"] for row in corpus.truth if row["kind"] == "prose")
    assert sizes[-1] <= MAX_DOCUMENT_BYTES
    assert sizes[-1] > 8 * sizes[len(sizes) // 2]


def test_impossible_requests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 500,000 bytes"):
        samples.generate(tmp_path, SMALL - 1)
    with pytest.raises(ConfigError, match="seed -1"):
        samples.generate(tmp_path, SMALL, seed=-1)
    assert not list(tmp_path.iterdir())


def test_importing_samples_imports_nothing_else() -> None:
    code = "import samples, sys; print(sorted({'numpy', 'pyarrow', 'pipeline'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = samples.nothing


def test_the_manifest_is_frozen(small) -> None:  # type: ignore[no-untyped-def]
    assert replace(small[1], seed=5).seed == 5
    with pytest.raises(AttributeError):
        small[1].seed = 5
