from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.lines import _TERMINALS, COLUMNS, SHORT_LINE_CHARS, measure_lines


def _lines(view, alive) -> list[dict[str, float]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in measure_lines(view, alive).tolist()]


LONG = "a line of more than thirty characters"


def test_known_answers(view_of, all_alive) -> None:
    text = f"• first\n- second…\n  wait...  \n\n{LONG},\r\n{LONG}.\nDone.\n\n  Done.\n\n\nDone.\n"
    view = view_of([text])
    (row,) = _lines(view, all_alive(view))
    assert row == {
        "lines": 8,
        "line_chars": 7 + 9 + 7 + 2 * (len(LONG) + 1) + 3 * 5,
        "newlines": 12,
        "bullet_lines": 2,
        "ellipsis_lines": 2,
        "terminal_lines": 6,  # the ellipses, the full stop and three times Done.
        "short_lines": 6,
        "long_lines": 2,
        "duplicate_lines": 2,
        "duplicate_line_chars": 10,
        "incomplete_lines": 1,
        "paragraphs": 4,
        "duplicate_paragraphs": 1,
        "duplicate_paragraph_chars": 5,
    }


def test_dots_of_the_document_before_are_not_read(view_of, all_alive) -> None:
    view = view_of(["so.", "..", "..."])
    assert [row["ellipsis_lines"] for row in _lines(view, all_alive(view))] == [0, 0, 1]


def test_paragraphs_of_several_lines_are_compared_whole(view_of, all_alive) -> None:
    view = view_of(["ab\ncd\n\nab\n\ncd\n\n ab\ncd \n\ncd\nab"])
    (row,) = _lines(view, all_alive(view))
    assert (row["paragraphs"], row["duplicate_paragraphs"]) == (5, 1)
    assert row["duplicate_paragraph_chars"] == len("ab\ncd")


def test_terminal_punctuation_of_other_scripts(view_of, all_alive) -> None:
    view = view_of(["这是句子。\n真的？\n「はい」\nनमस्ते।\nمرحبا؟\nno end"])
    (row,) = _lines(view, all_alive(view))
    assert (row["terminal_lines"], row["lines"]) == (5, 6)


def test_blank_text_has_no_lines(view_of, all_alive) -> None:
    view = view_of(["", " \n\u3000\n\xa0"])
    for row in _lines(view, all_alive(view)):
        assert row["lines"] == row["paragraphs"] == 0


def test_documents_that_are_not_alive_are_not_measured(view_of) -> None:
    view = view_of(["one\none", "two"])
    dead, live = measure_lines(view, np.array([False, True]))
    assert np.isnan(dead).all()
    assert live[0] == 1


def test_a_long_document_grows_the_table(view_of, all_alive) -> None:
    many = [str(number % 5000) for number in range(20_000)]
    view = view_of(["short", "\n".join(many), "x\nx"])
    rows = _lines(view, all_alive(view))
    assert [row["duplicate_lines"] for row in rows] == [0, 15_000, 1]


@given(data=st.data())
def test_measures_as_its_twin(data, texts, class_codes, view_of, all_alive) -> None:
    _check_lines(data.draw(texts), class_codes, view_of, all_alive)


def test_measures_at_the_edges_of_blocks(at_edges, class_codes, view_of, all_alive) -> None:
    _check_lines(at_edges, class_codes, view_of, all_alive)


def _check_lines(batch: list[str], class_codes, view_of, all_alive) -> None:
    view = view_of(batch)
    for text, row in zip(batch, _lines(view, all_alive(view)), strict=True):
        assert row == _twin(text, class_codes)


def _twin(text: str, class_codes) -> dict[str, float]:
    spaces = "".join({character for character in text if class_codes(character) == "S"})
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        trimmed = line.strip(spaces) if spaces else line
        if trimmed:
            blocks[-1].append(trimmed)
        elif blocks[-1]:
            blocks.append([])
    paragraphs = ["\n".join(block) for block in blocks if block]
    lines = [line for block in blocks for line in block]
    again = [line for at, line in enumerate(lines) if line in lines[:at]]
    again_paragraphs = [p for at, p in enumerate(paragraphs) if p in paragraphs[:at]]
    long = [line for line in lines if len(line) > SHORT_LINE_CHARS]
    ellipses = [line for line in lines if line.endswith(("...", "…"))]
    terminal = [line for line in lines if line[-1] in _TERMINALS + "…"]
    goes_on = [
        line for line in long if class_codes(line[-1]) in "LDMIY" or line[-1] in ",،、，;；-‐‑–—"
    ]
    return {
        "lines": len(lines),
        "line_chars": sum(map(len, lines)),
        "newlines": text.count("\n"),
        "bullet_lines": sum(line[0] in "•-" for line in lines),
        "ellipsis_lines": len(ellipses),
        "terminal_lines": len(terminal),
        "short_lines": len(lines) - len(long),
        "long_lines": len(long),
        "duplicate_lines": len(again),
        "duplicate_line_chars": sum(map(len, again)),
        "incomplete_lines": len(goes_on),
        "paragraphs": len(paragraphs),
        "duplicate_paragraphs": len(again_paragraphs),
        "duplicate_paragraph_chars": sum(map(len, again_paragraphs)),
    }
