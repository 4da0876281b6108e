"""With the reference class, on languages that were left out of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.scaling.truth.drawing import drawn_spectrum
from profiler.scaling.truth.populations import Population
from profiler.scaling.truth.tables import POINTS, Goal, Row, Section, Trial, row_of
from profiler.scaling.truth.trials import Cell, Effort, judged, random_of, run_cells
from profiler.scaling.truth.wholes import languages, population_of, prior_without, with_tail
from profiler.scaling.truth.yardstick import foretold

SAMPLED = 1_000_000
RATIOS = (100, 1_000, 10_000)
LARGE, MIDDLE = 1e8, 1e7  # documents of a language
OWN_DOCUMENTS, OWN_RATIOS = 30_000_000, (100, 1_000)  # where the middle ones are about as large
UNSCALED_RATIOS = (100, 1_000)  # no published language has 10,000 times the sample
UNSCALED_WITHIN = 10**0.5  # times as large, or as small, as ratio × sample: not thinned
NARROWER = (1.0, 2.0, 2.5)  # told besides: the row hangs on which languages count as about as large
LARGEST = 1e9  # documents of a language: three have more
WIDER = 0.01  # of retention: how far two discretisations may differ
COVERED = Goal("coverage", 0.88, at_least=True)
CUT_GOALS = {
    100: (Goal("rmse", 3.0), COVERED, Goal("width", 12.0)),
    1_000: (Goal("rmse", 3.0), COVERED, Goal("width", 12.0)),
    10_000: (Goal("rmse", 5.0), COVERED, Goal("width", 16.0)),
}
TAIL_GOALS = {100: (Goal("rmse", 2.0),), 1_000: (Goal("rmse", 5.0),), 10_000: (Goal("rmse", 7.0),)}
OUTER = Goal("outer_coverage", 0.95, at_least=True)
TEXT = """\
A sample of 1,000,000 random documents from a whole of 100 to 10,000 times as many, taken for a
common crawl. The whole is a language that the class was fitted **without**; its spectrum is scaled
to the size of the whole by multiplying its numbers of groups (no language has 10 billion
documents). The published spectra are cut: the largest 0.1 % of groups are missing. **Cut** takes
them as they are. **With a tail** puts 0.1 % of groups back, Pareto beyond the largest published
size, index uniform from 1.05 to 1.7, up to a million copies: the true tail is not published, so
this is a plausible one, of the form that the estimator supposes.

Where the gate refuses the class, the sample alone speaks; such draws are counted apart in the notes
and are in no other figure of the row. The outer range is the sample's own and supposes no class.
The goals are set for languages of at least 100 million documents, scaled, and for those **at least
about as large as the whole**, at 100× and 1,000×, of which nothing is scaled: a language within a
factor of 3.2 of the whole's 100 or 1,000 million documents is the whole as it was published, the
ratio being its own; of a larger one, so many random documents are (it is **thinned**). At 1,000×
these are nine crawls of 329 to 859 million documents and the three that are larger: German,
Spanish, Chinese. The three have a row of their own, too: left out, each is four times as large as
all others but two, so that the class has little to foretell it from. Languages of 10 to 100 million
are shown beside, since the gate's users will bring them too: scaled as the others are, and at 30
million documents, about their own size, where the class knows from the size that small crawls
differ more. The few constants of the class (the weight of complete crawls, the stretch of the
intervals, more of it where a sample lies far out) were set on other draws of the same 188 spectra.
"""
LANGUAGES = {
    "large": f"languages ≥ {LARGE / 1e6:.0f} M",
    "middle": f"languages {MIDDLE / 1e6:.0f}-{LARGE / 1e6:.0f} M",
    "unscaled": "languages about as large or larger",
    "largest": f"languages ≥ {LARGEST / 1e6:,.0f} M, thinned",
}
UNSCALED = ("unscaled", "largest")
GOALS_FOR = ("large", *UNSCALED)


def left_out(cell: Cell, random: np.random.Generator) -> Trial:
    whole = chosen(cell, random)
    ratio = whole.documents / cell.n
    return judged(whole, ratio, random, prior_without(whole.name), with_programme=True)


def chosen(cell: Cell, random: np.random.Generator) -> Population:
    """A language at random; ``cell.arguments``: which languages, and cut or tail."""
    which, end = cell.arguments
    documents = cell.n * cell.ratio
    members = {
        "large": languages(LARGE),
        "middle": languages(MIDDLE, LARGE),
        "unscaled": languages(documents / UNSCALED_WITHIN),
        "largest": languages(LARGEST),
    }[which]
    member = members[random.integers(len(members))]
    whole = population_of(member)
    if end == "tail":
        whole = with_tail(whole, random)
    if which not in UNSCALED:
        return whole.scaled(documents)
    if whole.documents < documents * UNSCALED_WITHIN:
        return whole
    kept = drawn_spectrum(whole.realised(random), documents / whole.documents, random)
    return Population(whole.name, kept.sizes.astype(float), kept.groups.astype(float))


def section(effort: Effort) -> Section:
    kinds = [
        ("large", "cut", effort.draws),
        ("middle", "cut", effort.draws // 2),
        ("large", "tail", effort.draws),
    ]
    cells = [
        Cell(f"{LANGUAGES[which]}, {end}", ratio, SAMPLED, draws, left_out, (which, end))
        for which, end, draws in kinds
        for ratio in RATIOS
    ]
    cells += [unscaled(ratio, effort.draws) for ratio in UNSCALED_RATIOS]
    cells += [thinned(effort.draws)]
    cells += [own_size(ratio, effort.draws // 2) for ratio in OWN_RATIOS]
    found = run_cells(cells, effort)
    rows = [class_row(cell, trials) for cell, trials in zip(cells, found, strict=True)]
    return Section(
        "With the reference class, languages left out",
        TEXT,
        tuple(rows),
        "\n\n".join(
            [narrower_told(cells, found), yardstick_told(cells, found), worst_told(cells, found)]
        ),
        (programme_told([t for each in found for t in each]),),
    )


def unscaled(ratio: int, draws: int) -> Cell:
    """Languages of about so many times the sample, and so many documents of larger ones."""
    name = f"{LANGUAGES['unscaled']}, cut"
    return Cell(name, ratio, SAMPLED, draws, left_out, ("unscaled", "cut"))


def thinned(draws: int) -> Cell:
    """A random thousand million documents of each language that has more."""
    ratio = round(LARGEST / SAMPLED)
    name = f"{LANGUAGES['largest']}, cut"
    return Cell(name, ratio, SAMPLED, draws, left_out, ("largest", "cut"))


def own_size(ratio: int, draws: int) -> Cell:
    """Middle languages where the whole is about as large as they are."""
    name = f"{LANGUAGES['middle']} at {OWN_DOCUMENTS / 1e6:.0f} M, cut"
    return Cell(name, ratio, OWN_DOCUMENTS // ratio, draws, left_out, ("middle", "cut"))


def class_row(cell: Cell, trials: Sequence[Trial]) -> Row:
    """Over the draws that the gate takes; the rest is counted in the notes."""
    which, end = cell.arguments
    goals = (CUT_GOALS if end == "cut" else TAIL_GOALS)[round(cell.ratio)]
    taken = [t for t in trials if not t.refused]
    doubted = sum(bool(t.doubt) for t in taken)
    notes = (
        f"refused {len(trials) - len(taken)} of {len(trials)}",
        f"doubted {doubted} of {len(taken)}",
    )
    if which not in GOALS_FOR:
        return row_of(cell.name, cell.ratio, cell.n, taken, (), (*notes, "no goal is set here"))
    return row_of(cell.name, cell.ratio, cell.n, taken, (*goals, OUTER), notes)


def narrower_told(cells: Sequence[Cell], found: Sequence[Sequence[Trial]]) -> str:
    """What the rows of unscaled languages would be with fewer languages that are smaller."""
    published = {member.name: member.spectrum.documents for member in languages()}
    told = []
    for cell, trials in zip(cells, found, strict=True):
        if cell.arguments[0] != "unscaled":
            continue
        for factor in NARROWER:
            least = cell.n * cell.ratio / factor
            chosen = [t for t in trials if not t.refused and published[t.what] >= least]
            if chosen:
                count = len({t.what for t in chosen})
                rmse = POINTS * np.sqrt(np.mean([(t.planned - t.truth) ** 2 for t in chosen]))
                told.append(
                    f"{rmse:.2f} at {cell.ratio:,.0f}× with a factor of {factor:g} "
                    f"({len(chosen)} draws, languages: {count})"
                )
    return (
        "How large a language has to be to count as about as large as the whole is a choice, and "
        f"the rows hang on it. Of the same draws, RMSE is {', '.join(told)}."
    )


def yardstick_told(cells: Sequence[Cell], found: Sequence[Sequence[Trial]]) -> str:
    """What a regression reaches on the same draws of large languages as cut, gate or no gate."""
    told, together = [], []
    for cell, trials in zip(cells, found, strict=True):
        if cell.arguments == ("large", "cut"):
            errors = [yardstick_error(cell, index) for index in range(cell.draws)]
            rmse = POINTS * float(np.sqrt(np.mean(np.square(errors))))
            told.append(f"{rmse:.2f} at {cell.ratio:,.0f}×")
            together.append(f"{error_correlation(trials, errors):.2f}")
    return (
        "A yardstick, on the same draws as the rows of large languages as cut, refused ones too: a "
        "local-linear regression of retention on the pairs and triples seen, fitted to the other "
        f"languages, has an RMSE of {', '.join(told)}. Its settings were chosen to do best on "
        "these languages at 1,000×; at 100× a sample also shows larger groups, which it does not "
        f"use. Its errors and those of the class go together (correlation {', '.join(together)}): "
        "what both miss is what the other languages and the counts do not tell."
    )


def error_correlation(trials: Sequence[Trial], errors: Sequence[float]) -> float:
    """Of the errors of the class, where it is not refused, and other errors on the same draws."""
    pairs = [(t.planned - t.truth, e) for t, e in zip(trials, errors, strict=True) if not t.refused]
    return float(np.corrcoef(np.array(pairs).T)[0, 1])


def yardstick_error(cell: Cell, index: int) -> float:
    """Of the regression, on the whole and the sample that trial ``index`` of the cell draws."""
    random = random_of(cell, index)
    whole = chosen(cell, random).realised(random)
    seen = drawn_spectrum(whole, 1 / cell.ratio, random)
    return foretold(seen, whole.name, cell.ratio) - whole.retention


def programme_told(trials: Sequence[Trial]) -> tuple[str, bool]:
    """The outer ranges beside those of the linear programme that is written apart."""
    pairs = [
        (t.outer_high - t.outer_low, t.programme_width)
        for t in trials
        if t.programme_width is not None
    ]
    outer, programme = 100 * np.median(np.array(pairs).reshape(-1, 2), axis=0)
    wider = float(np.mean([one > other + WIDER for one, other in pairs]))
    told = (
        f"outer ranges of the sample alone, no class: median width {outer:.1f} points, that of a "
        f"plain linear programme written apart {programme:.1f}; wider by more than a point in "
        f"{wider:.1%} of {len(pairs)} draws, at most 5 %"
    )
    return told, bool(outer <= programme and wider <= 0.05)


def worst_told(cells: Sequence[Cell], found: Sequence[Sequence[Trial]]) -> str:
    """Worst errors: what a user may meet."""
    lines = ["The largest errors (truth → median), whatever the gate said:", ""]
    for cell, trials in zip(cells, found, strict=True):
        taken = [t for t in trials if not t.refused]
        worst = sorted(taken, key=lambda t: -abs(t.planned - t.truth))[:3]
        told = "; ".join(
            f"{t.what} {t.truth:.3f} → {t.planned:.3f} [{t.low:.3f}, {t.high:.3f}]"
            + " (doubted)" * bool(t.doubt)
            for t in worst
        )
        lines.append(f"- {cell.name}, {cell.ratio:,.0f}×: {told}")
    return "\n".join(lines)
