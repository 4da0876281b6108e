"""Pictures of a report page for the docs: the top of it, wide and narrow, light and dark.

``python tests/strategies/report_pictures.py report.html docs`` (``make docs``) writes
``docs/report-1280-light.png`` and three more; it needs Chromium.
"""

from __future__ import annotations

import base64
import itertools
import sys
import tempfile
from pathlib import Path

from chromium_page import ChromiumPage, chromium

HEIGHTS = {1280: 1100, 390: 900}  # of the part that is shown, by width, in CSS pixels
SCHEMES = ("light", "dark")
MOST_BYTES = 300_000
MISSING = (
    "make docs needs Chromium for the pictures of the report page; neither chromium nor "
    "chromium-browser is on the path (Debian: apt-get install chromium)"
)


def take_pictures(report: Path, folder: Path) -> list[Path]:
    """Write the pictures of a page into a folder; SystemExit says what is missing."""
    command = chromium()
    if command is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as profile:
        page = ChromiumPage(command, Path(profile))
        try:
            return [
                _take(page, report, width, scheme, folder)
                for width, scheme in itertools.product(HEIGHTS, SCHEMES)
            ]
        finally:
            page.close()


def _take(page: ChromiumPage, report: Path, width: int, scheme: str, folder: Path) -> Path:
    height = HEIGHTS[width]
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=False,
    )
    page.call("Emulation.setScrollbarsHidden", hidden=True)
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    page.call("Emulation.setEmulatedMedia", features=wanted)
    page.open(report.resolve().as_uri())
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    data = base64.b64decode(page.call("Page.captureScreenshot", format="png", clip=clip)["data"])
    path = folder / f"report-{width}-{scheme}.png"
    if len(data) > MOST_BYTES:
        sys.exit(f"{path}: {len(data):,} bytes, expected {MOST_BYTES:,} at most; show less of it")
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    for made in take_pictures(Path(sys.argv[1]), Path(sys.argv[2])):
        print(f"{made}: {made.stat().st_size / 1e3:,.0f} kB")
