from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline.kernels.hosts import host_set
from pipeline.stages.urls import has_blocked_word, hosts, in_blocked_host


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.Example.org/a?b#c", "www.example.org"),
        ("http://user:pw@example.org:8080/", "example.org"),
        ("//example.org/x", "example.org"),
        ("example.org/x", "example.org"),
        ("https://example.org.", "example.org"),
        ("https://example.org?q=a@b.org", "example.org"),
        ("http://[2001:db8::1]:80/x", "[2001:db8::1]"),
        ("https://bücher.example/", "bücher.example"),
        ("", ""),
        (None, None),
    ],
)
def test_host(url: str | None, host: str | None) -> None:
    assert hosts(pa.array([url], pa.string())).to_pylist() == [host]


def test_a_blocked_host_blocks_the_domains_below_it_only() -> None:
    urls = pa.array(
        [
            "https://spam.example/",
            "https://a.b.SPAM.example/x",
            "https://notspam.example/",
            "https://spam.example.org/",
            "https://org/?u=spam.example",
            None,
        ]
    )
    found = in_blocked_host(urls, host_set(("Spam.example.",)))
    assert found[:5].tolist() == [1, 1, 0, 0, 0]
    assert np.isnan(found[5])
    assert in_blocked_host(urls.slice(1, 2), host_set(("spam.example",))).tolist() == [1, 0]


def test_lists_may_be_empty() -> None:
    urls = pa.array(["https://a.example/casino", None])
    for found in (in_blocked_host(urls, host_set(())), has_blocked_word(urls, ())):
        assert found[0] == 0
        assert np.isnan(found[1])


def test_words_stand_between_other_than_letters_and_digits() -> None:
    urls = pa.array(
        [
            "https://x.example/online-Casino/",
            "https://casino.example",
            "https://x.example/casinos",
            "https://x.example/p?x=pay-day.loan",
            "https://x.example/?a.c",
            None,
        ]
    )
    found = has_blocked_word(urls, ("casino", "pay-day", "b.c"))
    assert found[:5].tolist() == [1, 1, 0, 1, 0]
    assert np.isnan(found[5])
