"""What reading a shard came to: bytes, documents, and the records that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

PLACES_PER_KIND = 5

MALFORMED_LINE = "malformed-line"  # no JSON object
WRONG_TYPE = "wrong-type"  # the text is no string
MISSING_TEXT = "missing-text"  # the text is null or absent
INVALID_UTF8 = "invalid-utf8"
TRUNCATED_ARCHIVE = "truncated-archive"  # the compressed stream ends too early
CORRUPT_ARCHIVE = "corrupt-archive"  # bytes that are no compressed data, or no WARC records
CORRUPT_PAGES = "corrupt-pages"  # Parquet pages that cannot be decoded
TRUNCATED_RECORD = "truncated-record"  # a WARC record shorter than it says


@dataclass(slots=True)
class Unreadable:
    """Records of one kind that could not be read, and their bytes as far as they are known."""

    records: int = 0
    bytes: int = 0
    places: int = 0  # how many of them are named


@dataclass(slots=True)
class ReadTally:
    """Sums of one shard; complete once its batches are exhausted.

    ``stored_bytes`` as the file lies on disk, ``decompressed_bytes`` after gzip or zstd (Parquet:
    the pages of all columns), ``text_bytes`` UTF-8 of the documents delivered. ``sha256`` is of
    the file, and None when reading stopped early. ``places`` names the first five of each kind.
    """

    stored_bytes: int = 0
    decompressed_bytes: int = 0
    documents: int = 0
    text_bytes: int = 0
    sha256: str | None = None
    unreadable: dict[str, Unreadable] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)

    def count_unreadable(self, kind: str, lost_bytes: int, place: str, records: int = 1) -> None:
        """Add ``records`` of one kind; ``place`` reads "<shard>: line 17: <what>"."""
        seen = self.unreadable.setdefault(kind, Unreadable())
        if seen.places < PLACES_PER_KIND:
            self.places.append(place)
            seen.places += 1
        seen.records += records
        seen.bytes += lost_bytes
