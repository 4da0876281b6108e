"""PDFs written by hand, object by object, and broken ones."""

from __future__ import annotations

from collections.abc import Sequence

SCAN = object()
"""A page with something drawn on it, but no text."""
BLANK = object()
"""A page with nothing on it."""


def pdf(pages: Sequence[str | object], encrypted: bool = False) -> bytes:
    """A PDF with one page for each text, SCAN or BLANK; ``encrypted`` with an unknown password."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, page in enumerate(pages):
        content = _content(page)
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * n} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    if encrypted:
        secret = "<" + "ab" * 32 + ">"
        objects.append(f"<< /Filter /Standard /V 1 /R 2 /O {secret} /U {secret} /P -4 >>")
    return _file(objects, encrypted)


def truncated(whole: bytes, share: float = 0.5) -> bytes:
    """The first part of a file."""
    return whole[: int(len(whole) * share)]


def _content(page: str | object) -> str:
    if page is BLANK:
        return ""
    if page is SCAN:
        return "0.5 g 72 72 400 600 re f"
    lines = [line.replace("(", "").replace(")", "") for line in str(page).splitlines()]
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    return f"BT /F1 11 Tf 72 770 Td {shown} ET"


def _file(objects: Sequence[str], encrypted: bool) -> bytes:
    body = b"%PDF-1.4\n"
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    lock = f" /Encrypt {len(objects)} 0 R /ID [<0123> <0123>]" if encrypted else ""
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{lock} >>\n"
        f"startxref\n{len(body)}\n%%EOF\n"
    )
    return body + end.encode("ascii")
