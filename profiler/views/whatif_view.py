"""The what-if as the page shows it: fields by kind, and the data and the script for a browser."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from importlib import resources

from markupsafe import Markup

from profiler.views.whatif import MONTHS, Field, WhatIf
from profiler.views.whatif_data import FACTS, categories, what_if_data


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field: ``number`` is its place in the data, ``method`` that of storage that it is for."""

    number: int
    key: str
    label: str
    unit: str
    value: str
    ranged: bool
    method: str


@dataclass(frozen=True, slots=True)
class WhatIfView:
    """What the template shows. ``script_hash`` lets a policy allow this script and no other."""

    prices: tuple[FieldRow, ...]
    months: tuple[FieldRow, ...]
    method: str
    labels: tuple[str, ...]
    start: int
    facts: tuple[str, ...]
    categories: tuple[str, ...]
    has_share: bool
    draws: str
    data: Markup
    script: Markup
    script_hash: str


def what_if_view(found: WhatIf, target_bytes: float) -> WhatIfView:
    """The view, with the slider at ``target_bytes``."""
    data = what_if_data(found)
    rows = [_row(found, number, field) for number, field in enumerate(found.fields)]
    sizes = [at.forecast.target.bytes for at in found.sizes]
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return WhatIfView(
        tuple(row for row in rows if row.key not in MONTHS),
        tuple(row for row in rows if row.key in MONTHS),
        found.method,
        tuple(size["label"] for size in data["sizes"]),
        min(range(len(sizes)), key=lambda place: abs(sizes[place] - target_bytes)),
        FACTS,
        tuple(categories(found)),
        bool(found.share.any()),
        f"{data['draws']:,}",
        _inert(data),
        Markup(script),
        f"sha256-{digest}",
    )


def _row(found: WhatIf, number: int, field: Field) -> FieldRow:
    method = _method_of(found, field)
    value = f"{field.point:.15g}"
    return FieldRow(
        number, field.key, field.label, field.unit, value, field.draws is not None, method
    )


def _method_of(found: WhatIf, field: Field) -> str:
    """The one method of storage that a field is for, or "" for any."""
    name = field.tiers or field.key
    parts = {part for at in found.sizes for part in at.values}
    methods = {part.method for part in parts if name in (*part.inputs, part.kept)}
    return methods.pop() if len(methods) == 1 else ""


def _script() -> str:
    folder = resources.files("profiler.views") / "templates"
    return (folder / "whatif.js").read_text(encoding="utf-8")


def _inert(data: object) -> Markup:
    """JSON that nothing in it can end: no character that HTML reads as markup is left."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)
