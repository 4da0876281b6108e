"""Published bands: one kind of stage and one unit each, conversions named, the rest left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from profiler.published import bands
from profiler.published.bands import (
    CPU_UNIT,
    RETENTION_UNITS,
    cpu_band,
    likely_cause,
    measures_of,
    published_kind,
    recipe_band,
    retention_band,
    rules,
)
from profiler.published.tables import Funnel, FunnelStage, Throughput, funnels, throughputs
from profiler.scaling.basis import Conversion
from profiler.scaling.quantity import Estimate


def a_funnel(name: str, *stages: FunnelStage, unit: str = "docs", **changes: object) -> Funnel:
    values: dict[str, object] = {
        "id": name, "name": name, "year": 2024, "lang": "en", "input": "a crawl", "unit": unit,
        "confidence": "primary", "source": f"paper of {name}", "stage": stages,
    }  # fmt: skip
    return Funnel(**(values | changes))  # type: ignore[arg-type]


def a_stage(kind: str, kept: float | None, **changes: object) -> FunnelStage:
    return FunnelStage(f"some {kind}", kind, kept_of_previous=kept, **changes)  # type: ignore[arg-type]


def a_rate(name: str, low: float | None, high: float | None, **changes: object) -> Throughput:
    values: dict[str, object] = {
        "id": name, "stage": "fuzzy_dedup", "what": "MinHash", "year": 2024,
        "confidence": "primary", "source": f"repository of {name}", "per_tb_low": low,
        "per_tb_high": high, "hours_unit": "vCPU-h", "input_basis": "text",
    }  # fmt: skip
    return Throughput(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts other rows in the place of the published ones."""

    def put(*rows: Funnel | Throughput) -> None:
        listed = tuple(row for row in rows if isinstance(row, Funnel))
        rates = tuple(row for row in rows if isinstance(row, Throughput))
        monkeypatch.setattr(bands, "funnels", lambda: listed)
        monkeypatch.setattr(bands, "throughputs", lambda: rates)

    return put


def only_text(basis: str) -> Conversion | None:
    return Conversion(Estimate(1, 1, 1, "exact"), "as text", True) if basis == "text" else None


def test_a_band_spans_rows_of_its_kind_and_unit_alone(published):
    published(
        a_funnel("a", a_stage("fuzzy_dedup", 0.5), a_stage("heuristic", 0.1)),
        a_funnel("b", a_stage("fuzzy_dedup", 0.8)),
        a_funnel("c", a_stage("fuzzy_dedup", 0.01), unit="tokens"),
        a_funnel("d", a_stage("fuzzy_dedup", 0.02, unit="bytes")),
    )
    band = retention_band("fuzzy_dedup", "docs")
    assert [figure.id for figure in band.figures] == ["a", "b"]
    assert (band.low, band.high, band.is_band) == (0.5, 0.8, True)
    assert retention_band("fuzzy_dedup", "tokens").high == 0.01
    assert not retention_band("fuzzy_dedup", "bytes").is_band


def test_stages_of_one_kind_in_one_funnel_are_one_figure(published):
    published(
        a_funnel(
            "twice", a_stage("heuristic", 0.8), a_stage("lang_id", 0.5), a_stage("heuristic", 0.5)
        ),
        a_funnel("partly told", a_stage("heuristic", None), a_stage("heuristic", 0.9)),
        a_funnel("not told", a_stage("heuristic", None)),
    )
    band = retention_band("heuristic", "docs")
    assert [(figure.id, figure.low) for figure in band.figures] == [("twice", 0.4)]
    assert [(left.id, left.reason) for left in band.left_out] == [
        ("partly told", "not published of: some heuristic")
    ]


def test_alternatives_and_code_are_in_no_band(published):
    published(
        a_funnel("alternatives", a_stage("fuzzy_dedup", 0.5), sequential=False),
        a_funnel("code", a_stage("fuzzy_dedup", 0.5), lang="code"),
    )
    assert retention_band("fuzzy_dedup", "docs").figures == ()


def test_a_unit_that_is_none_of_ours_is_left_out_with_the_reason(published):
    published(a_funnel("blocks", a_stage("fuzzy_dedup", 0.4), unit="text blocks"))
    band = retention_band("fuzzy_dedup", "docs")
    assert band.figures == ()
    assert [(left.id, left.reason) for left in band.left_out] == [("blocks", "kept of text blocks")]


def test_bytes_that_a_source_tells_beside_documents_are_their_own_figure(published):
    published(a_funnel("a", a_stage("substring_dedup", 0.99, bytes_kept_of_previous=0.86)))
    assert retention_band("substring_dedup", "docs").low == 0.99
    assert retention_band("substring_dedup", "bytes").low == 0.86
    assert retention_band("substring_dedup", "tokens").figures == ()


def test_a_whole_recipe_is_held_against_funnels_from_a_raw_crawl(published):
    known = rules().raw_crawl_funnels[0]
    stages = (
        a_stage("heuristic", 0.4, kept_of_input=0.4),
        a_stage("line_filter", 0.5, kept_of_input=0.2),
        a_stage("exact_dedup", 0.5, kept_of_input=0.1),
    )
    published(a_funnel(known, *stages), a_funnel("clean input", *stages))
    assert [(f.id, f.low) for f in recipe_band("before_dedup", "docs").figures] == [(known, 0.2)]
    assert [(f.id, f.low) for f in recipe_band("whole", "docs").figures] == [(known, 0.1)]
    assert recipe_band("whole", "tokens").figures == ()


def test_core_hours_of_no_stated_kind_widen_to_two_threads(published):
    published(a_rate("vcpu", 600, 700), a_rate("core", 500, 550, hours_unit="core-h"))
    band = cpu_band("fuzzy_dedup", only_text)
    assert band.unit == CPU_UNIT
    assert [(f.id, f.low, f.high) for f in band.figures] == [
        ("vcpu", 600, 700), ("core", 500, 1100)
    ]  # fmt: skip
    assert band.figures[0].conversion == ""
    assert "1 core-h = 1 to 2 vCPU-hours" in band.figures[1].conversion


def test_another_basis_converts_only_by_a_ratio_that_is_known(published):
    published(a_rate("warc", 100, 100, input_basis="warc-gz"))
    left = cpu_band("fuzzy_dedup", only_text)
    assert left.figures == ()
    assert left.left_out[0].reason == "other basis: TB of warc-gz"
    ratio = Conversion(Estimate(0.2, 0.16, 0.25, "m"), "published: 0.2 bytes", False)
    band = cpu_band("fuzzy_dedup", lambda basis: ratio)
    assert (band.figures[0].low, band.figures[0].high) == (100 / 0.25, 100 / 0.16)
    assert "warc-gz to text: published: 0.2 bytes" in band.figures[0].conversion


def test_gpu_hours_outliers_and_hours_per_token_are_left_out(published):
    published(
        a_rate("gpu", 2, 2, hours_unit="gpu-h(H100)"),
        a_rate("reserved", 9000, 9000, outlier=True, note="cores reserved"),
        a_rate("tokens", None, None, per_trillion_tokens=3000),
        a_rate("no hours", None, None),
        a_rate("other stage", 1, 1, stage="heuristic"),
    )
    band = cpu_band("fuzzy_dedup", only_text)
    assert band.figures == ()
    assert {left.id: left.reason for left in band.left_out} == {
        "gpu": "other unit: gpu-h(H100)",
        "reserved": "an outlier: cores reserved",
        "tokens": "vCPU-h per trillion tokens",
    }


@pytest.mark.parametrize(
    ("kind", "measures", "expected"),
    [
        ("rules", (), "heuristic"),
        ("rules", ("words", "mean_word_chars"), "heuristic"),
        ("rules", ("blocked_host", "blocked_url_word"), "url_filter"),
        ("rules", ("top_2gram_char_share", "duplicate_line_share", "words"), "repetition"),
        ("rules", ("top_2gram_char_share", "words"), "heuristic"),
        ("rules", ("terminal_line_share", "short_line_share"), "line_filter"),
        ("c4-lines", (), "line_filter"),
        ("exact-dedup", (), "exact_dedup"),
        ("near-dedup", (), "fuzzy_dedup"),
        ("quality", (), "quality_model"),
        ("lang-id", (), "lang_id"),
    ],
)
def test_a_stage_of_a_recipe_has_a_published_kind(kind, measures, expected):
    assert published_kind(kind, measures) == expected


def test_every_measure_of_the_table_is_one_that_rules_have():
    from pipeline.stages.measures import MEASURES

    listed = [measure for group in rules().measures.values() for measure in group]
    assert len(set(listed)) == len(listed)
    assert set(listed) <= set(MEASURES)


def test_rules_that_are_switched_off_do_not_count():
    stage = {
        "name": "urls",
        "rules": {
            "host": {"measure": "blocked_host", "enabled": True},
            "words": {"measure": "words", "enabled": False},
        },
    }
    assert measures_of({"stages": [stage]}, "urls") == ("blocked_host",)
    assert measures_of({"stages": [{"name": "urls"}]}, "urls") == ()
    assert measures_of({}, "urls") == ()


def test_the_cause_goes_by_kind_side_and_scope_and_there_is_always_one():
    at_scale = likely_cause("fuzzy_dedup", "retention", "above", "at scale")
    assert "across snapshots" in at_scale
    assert likely_cause("fuzzy_dedup", "retention", "above", "sample") != at_scale
    kinds = {stage.kind for funnel in funnels() for stage in funnel.stage} | {"new"}
    for kind in kinds:
        for of in ("retention", "cpu"):
            for side in ("above", "below"):
                assert likely_cause(kind, of, side, "sample")


def test_every_rule_and_every_cause_has_a_source():
    known = rules()
    assert all(row.source for row in (*known.core_hours, *known.cause))
    assert set(known.raw_crawl_funnels) <= {funnel.id for funnel in funnels()}


def test_the_published_tables_give_bands():
    """FineWeb and WanJuan-CC bound what MinHash keeps; Data-Juicer and BigCode what it burns."""
    docs = retention_band("fuzzy_dedup", "docs")
    assert docs.is_band
    assert {"wanjuan-cc", "olmo3-web"} <= {figure.id for figure in docs.figures}
    assert docs.low == 0.0982
    tokens = retention_band("fuzzy_dedup", "tokens")
    assert {"fineweb", "fineweb-global-dedup"} <= {figure.id for figure in tokens.figures}
    whole = recipe_band("whole", "docs")
    assert whole.is_band
    assert 0.01 < whole.low < whole.high < 0.05
    cpu = cpu_band("fuzzy_dedup", only_text)
    assert cpu.is_band
    assert cpu.low == pytest.approx(542.19)
    assert any(left.reason.startswith("other unit: gpu") for left in cpu.left_out)


def test_every_published_row_of_a_kind_is_in_a_band_or_left_out_with_a_reason():
    for kind in {row.stage for row in throughputs()}:
        band = cpu_band(kind, only_text)
        told = [row.id for row in (*band.figures, *band.left_out)]
        hours = [
            row.id
            for row in throughputs()
            if row.stage == kind and (row.per_tb_low or row.per_trillion_tokens)
        ]
        assert sorted(told) == sorted(hours)
    for kind in {stage.kind for funnel in funnels() for stage in funnel.stage}:
        for unit in RETENTION_UNITS:
            for figure in retention_band(kind, unit).figures:
                assert 0 < figure.low <= 1
