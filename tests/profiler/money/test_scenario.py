"""Scenarios: the default, what the user lays over it, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from profiler.money.prices import default_book
from profiler.money.ranges import Ranged
from profiler.money.scenario import SECTIONS, load_scenario, resolve_prices, scenario_keys


def write(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_default_says_where_it_comes_from() -> None:
    scenario = load_scenario()
    keys = [key for section in SECTIONS for key in scenario_keys(scenario, section)]
    assert set(scenario.sources) == set(keys)
    for key, source in scenario.sources.items():
        assert source.startswith(("ours", "published")), key
    assert scenario.given == frozenset()


def test_every_price_of_the_default_is_in_the_default_book() -> None:
    prices = resolve_prices(load_scenario(), default_book())
    assert prices["storage.bought_price"].id == "abaka-capacity-full"
    assert prices["cleaning.compute_price"].id == "ec2-c6i"


def test_the_users_values_are_told_from_the_defaults(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "[storage]\nraw_months = 6\n[cleaning]\npasses = { point = 2, low = 1, high = 3 }\n"
        '[sources]\n"cleaning.passes" = "our last run"\n',
    )
    scenario = load_scenario(path, ["storage.method=rented", "crawling.in_scope=false"])
    assert scenario.name == "plan"
    assert scenario.storage.raw_months == Ranged(6, 6, 6)
    assert scenario.storage.method == "rented"
    assert scenario.cleaning.passes == Ranged(2, 1, 3)
    assert scenario.crawling.in_scope is False
    assert scenario.given == {
        "storage.raw_months",
        "storage.method",
        "cleaning.passes",
        "crawling.in_scope",
    }
    assert scenario.sources["cleaning.passes"] == "our last run"
    assert "storage.raw_months" not in scenario.sources


def test_an_override_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[storage]\nraw_months = 6\n")
    scenario = load_scenario(path, ["storage.raw_months=3"])
    assert scenario.storage.raw_months.point == 3


def test_a_users_number_replaces_the_whole_default_range() -> None:
    scenario = load_scenario(None, ["cleaning.cluster_utilisation=0.95"])
    assert scenario.cleaning.cluster_utilisation == Ranged(0.95, 0.95, 0.95)


def test_lists_can_be_set() -> None:
    scenario = load_scenario(None, ['cleaning.distributed_kinds=["near-dedup"]'])
    assert scenario.cleaning.distributed_kinds == ("near-dedup",)


def test_all_faults_of_a_file_come_at_once_with_place_and_hint(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[storage]\nmethod = "lent"\nraw_month = 3\n'
        "[cleaning]\npases = 2\nretries = -1\ncluster_utilisation = 70\npasses = 'two'\n"
        "[crawling]\nin_scope = 1\n[tranining]\nx = 1\n",
    )
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    text = str(caught.value)
    for part in (
        str(path),
        "8 fault(s)",
        "storage.method: lent not in literal",
        "storage.raw_month: unknown key, did you mean 'raw_months'?",
        "cleaning.pases: unknown key, did you mean 'passes'?",
        "cleaning.retries: expected at least 0, found -1",
        "cleaning.cluster_utilisation: expected more than 0 and at most 1, found 70",
        "cleaning.passes: expected a number or { point, low, high }, found 'two'",
        "crawling.in_scope: expected true or false, found 1",
        "tranining: unknown key",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("storage", "expected SECTION.KEY=VALUE"),
        ("storge.raw_months=3", "did you mean 'storage'"),
        ("storage.raw_moths=3", "did you mean 'raw_months'"),
        ("storage.copies=0", "at least 1"),
        ("crawling.operations_share=0", "more than 0 and at most 1"),
    ],
)
def test_a_wrong_override_is_refused_with_a_hint(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_scenario(None, [override])


def test_a_section_that_is_no_table_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="storage: expected a table, found 3"):
        load_scenario(write(tmp_path, "storage = 3\n"))


def test_a_source_of_an_unknown_key_is_a_fault(tmp_path: Path) -> None:
    path = write(tmp_path, '[sources]\n"cleaning.pases" = "x"\n')
    with pytest.raises(ConfigError, match=r"did you mean 'cleaning\.passes'"):
        load_scenario(path)


def test_a_crawl_without_sites_is_a_fault() -> None:
    overrides = ["crawling.large_sites=0", "crawling.vertical_sites=0"]
    with pytest.raises(ConfigError, match="in_scope = false"):
        load_scenario(None, overrides)
    assert not load_scenario(None, [*overrides, "crawling.in_scope=false"]).crawling.in_scope


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("storage.bought_price=s3-standard", "USD/TB "),
        ("storage.bought_price=aws-inter-region", "USD/TB "),
        ("storage.rented_price=abaka-capacity", "USD/TB-month"),
        ("storage.rented_price=aws-inter-region", "USD/TB-month"),
        ("crawling.large_site_price=abaka-large-site-year", "USD/site "),
        ("crawling.update_price=abaka-vertical-site", "USD/site-year"),
        ("crawling.overseas_factor=abaka-large-site", "factor"),
        ("crawling.ip_price=proxy-datacenter-gb", "USD/IP-month"),
        ("cleaning.compute_price=aws-h100", "USD/vCPU-hour"),
        ("cleaning.compute_price=software-developer-day", "USD/vCPU-hour"),
        ("cleaning.rule_price=abaka-capacity", "USD/100TB"),
    ],
)
def test_a_price_in_a_wrong_unit_is_refused(override: str, expected: str) -> None:
    key = override.partition("=")[0]
    with pytest.raises(ConfigError) as caught:
        resolve_prices(load_scenario(None, [override]), default_book())
    assert key in str(caught.value)
    assert f"expected a price in {expected}" in str(caught.value)


def test_all_wrong_prices_come_at_once() -> None:
    overrides = ["storage.bought_price=s3-standard", "cleaning.compute_price=ec2-c6"]
    with pytest.raises(ConfigError, match=r"2 fault\(s\)"):
        resolve_prices(load_scenario(None, overrides), default_book())


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("storage.raw_months", "2 years", "a number of month (calendar months)"),
        ("storage.raw_months", "360 days", "a number of month"),
        ("storage.stored_per_text_byte", "0.5 TiB/TB", "a number without a unit"),
        ("storage.write_requests_per_tb", "10 1000requests/TiB", "a number of 1000requests/TB"),
        ("crawling.developer_usd_per_day", "90 USD/hour", "a number of USD/day"),
        ("crawling.crawl_days", "3 months", "a number of day"),
        ("crawling.membership_days", "1 year", "a number of day"),
        ("crawling.requests_per_ip", "100000 request/IP", "a number of request/IP-month"),
        ("cleaning.engineer_days_per_domain", "2 weeks", "a number of day/domain"),
        ("cleaning.engineer_usd_per_day", "717 EUR/day", "a number of USD/day"),
        ("cleaning.resolve_gb_per_core", "8 GiB/vCPU", "a number of GB/vCPU"),
        ("cleaning.cluster_utilisation", "70 %", "a number without a unit"),
    ],
)
def test_a_value_in_another_unit_is_refused_with_its_place(
    key: str, value: str, expected: str, tmp_path: Path
) -> None:
    section, _, name = key.partition(".")
    path = write(tmp_path, f'[{section}]\n{name} = "{value}"\n')
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    text = str(caught.value)
    assert str(path) in text
    assert key in text
    assert expected in text
    assert value in text


def test_a_value_in_its_own_unit_is_taken(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[storage]\nraw_months = "6 months"\n[crawling]\ndeveloper_usd_per_day = "1_000 USD/day"\n',
    )
    scenario = load_scenario(path)
    assert scenario.storage.raw_months.point == 6
    assert scenario.crawling.developer_usd_per_day == Ranged(1000, 1000, 1000)


def test_unit_faults_come_with_all_others(tmp_path: Path) -> None:
    path = write(tmp_path, '[storage]\nraw_months = "2 years"\nraw_month = 1\ncopies = 0\n')
    with pytest.raises(ConfigError, match=r"3 fault\(s\)"):
        load_scenario(path)


def test_domains_are_read_and_no_two_have_one_name(tmp_path: Path) -> None:
    text = '[target]\nscale = "1PB"\n' + '[[domain]]\nname = "web"\nrun = "runs/web"\n' * 2
    with pytest.raises(ConfigError, match="named twice"):
        load_scenario(write(tmp_path, text))
    scenario = load_scenario(write(tmp_path, text.replace('"web"', '"books"', 1)))
    assert [domain.name for domain in scenario.domains] == ["books", "web"]
    assert scenario.wanted.scale == "1PB"
    assert scenario.folder == tmp_path
