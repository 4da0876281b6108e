"""The compiled scan agrees with the definition, line by line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import json_scan
from pipeline.reading.columns import ColumnNames
from pipeline.reading.json_record import UnreadableRecordError, read_record
from pipeline.reading.jsonl import read_lines, split_lines

NAMES = ColumnNames()

ACCEPTED = [
    b'{"text":"a"}',
    b' { "text" : "a" , "id" : "b" } \t',
    b'{"text":"a"}\r',
    b'{"text":""}',
    b'{"id":7,"text":"a"}',
    b'{"id":-0,"text":"a"}',
    b'{"id":123456789012345678901234567890,"text":"a"}',
    b'{"id":1.5,"text":"a"}',
    b'{"id":true,"url":["x"],"source":{"a":1},"lang":null,"text":"a"}',
    b'{"id":NaN,"text":"a"}',
    b'{"x":Infinity,"y":-Infinity,"text":"a"}',
    b'{"x":1e999,"text":"a"}',
    b'{"x":[1,[2,{"text":"no"}],[]],"y":{},"text":"a"}',
    b'{"text":"a","text":"b"}',
    b'{"text":5,"text":"b"}',
    b'{"text":"a","id":"x","text":"a longer one \\n","id":null}',
    b'{"te\\u0078t":"escaped key"}',
    b'{"x":"\\ud800","text":"lone surrogate elsewhere"}',
    b'{"text":"\\u0000 \\u00e9 \\u4e2d \\ud83d\\ude00 \\" \\\\ \\/ \\b\\f\\n\\r\\t"}',
    '{"text":"é中😀\u2028\x7f"}'.encode(),
    b'{"x":1E+5,"y":-0.5e-3,"z":0,"text":"a"}',
    b'{"x":' + b"[" * 100 + b"]" * 100 + b',"text":"deep"}',
    b'{"x":"' + b"[" * 5000 + b'","text":"brackets in a string"}',
]
REFUSED = {
    b"null": "malformed-line",  # crashes pyarrow's reader
    b"5": "malformed-line",
    b'"text"': "malformed-line",
    b'[{"text":"a"}]': "malformed-line",
    b'{"text":"a"}{"text":"b"}': "malformed-line",
    b'{"text":"a"} x': "malformed-line",
    b'{"text":"a",}': "malformed-line",
    b'{"text":"a"': "malformed-line",
    b'{"text":"a': "malformed-line",
    b'{"text":': "malformed-line",
    b'{"text"': "malformed-line",
    b"{": "malformed-line",
    b"}": "malformed-line",
    b"{'text':'a'}": "malformed-line",
    b'{"x":01,"text":"a"}': "malformed-line",
    b'{"x":1.,"text":"a"}': "malformed-line",
    b'{"x":.5,"text":"a"}': "malformed-line",
    b'{"x":+1,"text":"a"}': "malformed-line",
    b'{"x":1e,"text":"a"}': "malformed-line",
    b'{"x":-,"text":"a"}': "malformed-line",
    b'{"x":Inf,"text":"a"}': "malformed-line",  # pyarrow takes it
    b'{"x":tru,"text":"a"}': "malformed-line",
    b'{"x":nulx,"text":"a"}': "malformed-line",
    b'{"x":[1 2],"text":"a"}': "malformed-line",
    b'{"x":[1,],"text":"a"}': "malformed-line",
    b'{"x":{"a"},"text":"a"}': "malformed-line",
    b'{"x":{"a":1],"text":"a"}': "malformed-line",
    b'{"x":[1},"text":"a"}': "malformed-line",
    b'{"text":"raw \x00 byte"}': "malformed-line",
    b'{"text":"tab\there"}': "malformed-line",
    b'{"text":"\\x41"}': "malformed-line",
    b'{"text":"\\u00g0"}': "malformed-line",
    b'{"text":"\\u00"}': "malformed-line",
    b'\x00{"text":"a"}': "malformed-line",
    b'{"text":"a"}\x00': "malformed-line",
    b'\x0c{"text":"a"}': "malformed-line",
    b'\xef\xbb\xbf{"text":"a"}': "malformed-line",
    b'{"x":' + b"[" * 300 + b"]" * 300 + b',"text":"a"}': "malformed-line",
    b"[" * 100_000: "malformed-line",
    b'{"text":5}': "wrong-type",
    b'{"text":NaN}': "wrong-type",
    b'{"text":["a"]}': "wrong-type",
    b'{"text":{"a":"b"}}': "wrong-type",
    b'{"text":true}': "wrong-type",
    b'{"text":null}': "missing-text",
    b'{"id":"a"}': "missing-text",
    b"{}": "missing-text",
    b'{"text":"a","text":null}': "missing-text",
    b'{"text":"\xff"}': "invalid-utf8",
    b'{"x":"\xff","text":"a"}': "invalid-utf8",
    b'{"text":"\xed\xa0\x80"}': "invalid-utf8",
    b'{"text":"\\ud800"}': "invalid-utf8",
    b'{"text":"\\udc00\\ud800"}': "invalid-utf8",
    b'{"text":"\\ud800\\ud800"}': "invalid-utf8",
    b'{"text":"\\ud800\\u0041"}': "invalid-utf8",
    b'{"id":"\\ud83dx","text":"a"}': "invalid-utf8",
}


def fast(block: bytes, names: ColumnNames = NAMES) -> tuple[list[dict], list[tuple[int, str, str]]]:
    found, faults = read_lines(split_lines(np.frombuffer(block, np.uint8)), "s", 0, names)
    return found.to_pylist(), [(row, fault.kind, fault.what) for row, fault in faults]


def doubtful(block: bytes) -> list[int]:
    """Lines that the compiled scan leaves to the standard library."""
    lines = split_lines(np.frombuffer(block, np.uint8))
    spans = json_scan.scan(lines.data, lines.begins, lines.ends, [b"id", b"text"])
    return np.flatnonzero(~spans.plain).tolist()


def one_by_one(lines: list[bytes]) -> tuple[list[dict], list[tuple[int, str, str]]]:
    documents, faults = [], []
    for row, line in enumerate(line for line in lines if line.strip(b" \t\r")):
        try:
            id_, url, source, _, text = (
                None if value is None else value.decode() for value in read_record(line, NAMES)
            )
        except UnreadableRecordError as fault:
            faults.append((row, fault.kind, fault.what))
            continue
        id_ = f"s:{row}" if id_ is None else id_
        documents.append({"id": id_, "url": url, "source": source, "text": text})
    return documents, faults


def without_lang(documents: list[dict]) -> list[dict]:
    return [{k: v for k, v in row.items() if k != "lang"} for row in documents]


@pytest.mark.parametrize("line", ACCEPTED)
def test_accepted_lines_give_what_the_standard_library_reads(line: bytes) -> None:
    documents, faults = fast(line + b"\n")
    assert faults == []
    assert documents[0]["text"] == json.loads(line)["text"]


@pytest.mark.parametrize(("line", "kind"), REFUSED.items())
def test_refused_lines_have_their_kind(line: bytes, kind: str) -> None:
    documents, faults = fast(b'{"text":"before"}\n' + line + b'\n{"text":"after"}')
    assert [row["text"] for row in documents] == ["before", "after"]
    assert [row["id"] for row in documents] == ["s:0", "s:2"]
    assert [(row, found) for row, found, _ in faults] == [(1, kind)]


def test_metadata_integers_are_decimal_text_and_other_types_null() -> None:
    documents, _ = fast(b'{"id":-12,"url":1.5,"source":7,"lang":["en"],"text":"a"}')
    assert documents == [{"id": "-12", "url": None, "source": "7", "lang": None, "text": "a"}]


def test_one_field_may_serve_twice_and_names_may_be_any_text() -> None:
    names = ColumnNames(id="kéy", url="kéy", text="con tent")
    documents, faults = fast('{"kéy":"k","con tent":"t","text":"other"}'.encode(), names)
    assert faults == []
    assert (documents[0]["id"], documents[0]["url"], documents[0]["text"]) == ("k", "k", "t")


def test_surrogate_pairs_at_the_edges_of_the_planes() -> None:
    escapes = r"\ud800\udc00 \udbff\udfff \ud7ff \ue000 \uffff \u07ff \u0800 \u007f \u0080"
    documents, _ = fast(b'{"text":"' + escapes.encode() + b'"}')
    assert documents[0]["text"] == json.loads(f'"{escapes}"')


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\udfff", "\x00", "\\", '"']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(
    st.sampled_from(["id", "url", "source", "text", "text", "meta", "te", "texts"]), VALUES
)


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    """A line that is JSON, or was before something happened to it."""
    written = json.dumps(
        draw(OBJECTS | VALUES),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ":"), (" ,\t", " : ")])),
    )
    line = bytearray(written.encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(line)))
        what = draw(
            st.binary(max_size=2) | st.sampled_from([b'"', b"{", b"}", b",", b"\\", b"\xc3"])
        )
        line[at : at + draw(st.integers(0, 2))] = what
    return bytes(line).replace(b"\n", b"")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(json_lines() | st.sampled_from([b"", b" ", b"\r", *ACCEPTED, *REFUSED]), max_size=8)
)
def test_fast_path_equals_line_by_line(lines: list[bytes]) -> None:
    documents, faults = fast(b"\n".join(lines))
    expected, expected_faults = one_by_one(lines)
    assert without_lang(documents) == expected
    assert faults == expected_faults


SPECIAL = ['\\"', "\\\\", "\\/", "\\n", "\\u4e2d", "\\ud83d\\ude00", "\\u0000", "é", "中", "😀", ""]


@pytest.mark.parametrize("special", SPECIAL)
def test_strings_across_blocks_of_the_scan(special: str) -> None:
    """What is special begins at every place of a block, in strings of every length."""
    strings = [
        f"{'a' * before}{special}{special}{'b' * after}"
        for before in range(71)
        for after in (0, 1, 5, 63, 64, 70)
    ]
    lines = [f'{{"id":"{string}","text":"{string}"}}'.encode() for string in strings]
    expected = [json.loads(f'"{string}"') for string in strings]
    documents, faults = fast(b"\n".join(lines))
    assert faults == []
    assert doubtful(b"\n".join(lines)) == []
    assert [row["text"] for row in documents] == expected
    assert [row["id"] for row in documents] == expected


@pytest.mark.parametrize("fault", ["\\x", "\\u12g4", "\\ud83d", "\\udc00", "\x01", "\t", '"'])
def test_faults_across_blocks_of_the_scan(fault: str) -> None:
    lines = [
        f'{{"text":"{"a" * before}{fault}{"b" * after}"}}'.encode()
        for before in range(71)
        for after in (0, 3, 64)
    ]
    lines.append(b'{"text":"after"}')
    documents, faults = fast(b"\n".join(lines))
    assert (without_lang(documents), faults) == one_by_one(lines)
    assert [row for row, _, _ in faults] == list(range(len(lines) - 1))


def test_keys_that_begin_like_another_are_told_apart() -> None:
    names = ColumnNames(id="document_identifier", url="document_id", text="document")
    line = (
        b'{"document_identifies":"1","document_identifier":"2","document_i":"3","document_id":"4",'
        b'"documen":"5","document":"6","documents":"7","":"8"}'
    )
    for padding in range(70):  # behind the last key there are fewer than eight bytes, or more
        documents, faults = fast(line + b"\n" * padding, names)
        assert faults == []
        assert (documents[0]["id"], documents[0]["url"], documents[0]["text"]) == ("2", "4", "6")


LETTERS = st.sampled_from(
    ["a", "é", "中", "😀", "\n", '"', "\\", "/", "\t", "\u2028", "\x00", "x" * 31]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(LETTERS, max_size=90), min_size=1, max_size=4), st.booleans())
def test_long_strings_equal_those_of_the_standard_library(
    strings: list[list[str]], ensure_ascii: bool
) -> None:
    rows = [{"id": "".join(s[::-1]), "text": "".join(s)} for s in strings]
    block = "\n".join(json.dumps(row, ensure_ascii=ensure_ascii) for row in rows).encode()
    documents, faults = fast(block)
    assert faults == []
    assert doubtful(block) == []
    assert [{k: row[k] for k in ("id", "text")} for row in documents] == rows
