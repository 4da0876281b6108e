"""A scenario to fill in: every key of the default one, commented out, with what it means."""

from __future__ import annotations

import re

from profiler.money.scenario import default_text

HEAD = """\
# A plan for `corpuscost estimate --scenario FILE`. Every line below is a default that is commented
# out: take the # away from what you know, and set it. What you leave is printed as an assumption
# with every estimate, beside its source. Check the file with `corpuscost scenario check FILE`.
#
# A value is a number, a number with its unit ("717 USD/day"), or { point, low, high } where it may
# lie anywhere between: half of the draws below the point and half above, and the point is what the
# budget counts. Unknown keys and other units are errors.

# name = "my corpus"

[target]
# scale = "1PB"                # raw volume of the whole; or, instead of it:
# clean_tokens = "1T"          # how many clean tokens to end with
# basis = "stored"             # stored | text | warc-gz | wet-gz | parquet-zstd
# available = "10PB"           # all that the source has: says when a target is out of reach

# One table for each domain that was profiled. A domain without a scale takes its share of the
# whole, by what its sample holds on disk. Paths are relative to this file.
# [[domain]]
# name = "web"
# run = "runs/web"             # folder made by `corpuscost profile`
# scale = "800TB"              # its own raw volume
# basis = "stored"
# like = "common-crawl"        # assume that duplicates are spread as in a reference class
# design = "documents"         # documents | shards | block: how the sample was drawn
# shards = ["web/*.jsonl.gz"]  # what `corpuscost batch` profiles into run, with what follows:
# recipe = "web-en"
# sample = "1%"
# seed = 1

"""
TAIL = """\
# Where your own values come from, printed with the budget.
[sources]
# "storage.raw_months" = "our retention policy"
"""
_KEY = re.compile(r"[a-z_]+ = ")


def scenario_template() -> str:
    """The text of a scenario file in which nothing is set yet."""
    text = default_text()
    sections = text[text.index("\n[storage]\n") + 1 : text.index("\n[sources]\n")]
    lines = [f"# {line}" if _KEY.match(line) else line for line in sections.splitlines()]
    return HEAD + "\n".join(lines).rstrip() + "\n\n" + TAIL
