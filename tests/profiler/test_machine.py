"""The description of the machine: what it says of huge pages."""

from __future__ import annotations

import pytest

from profiler import machine
from profiler.machine import describe_machine


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("always [madvise] never\n", "madvise"),
        ("[always] madvise never\n", "always"),
        ("odd\n", None),
    ],
)
def test_whether_memory_comes_in_huge_pages(tmp_path, monkeypatch, text, told):
    monkeypatch.setattr(machine, "HUGE_PAGES", tmp_path / "enabled")
    assert describe_machine()["huge_pages"] is None
    (tmp_path / "enabled").write_text(text)
    assert describe_machine()["huge_pages"] == told


def test_cores_and_memory_are_counted():
    told = describe_machine()
    assert told["vcpus"] >= 1
    assert told["memory_bytes"] > 0
