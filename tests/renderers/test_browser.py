"""A page opened in a real browser: it loads, nothing hostile runs, and it fits a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from smarketing.document import Report
from smarketing.renderers import render

Make = Callable[..., Report]
FOUND = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
BROWSER = next(filter(None, FOUND), "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BROWSER, reason="no Chromium is installed to open pages with"),
]

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --disable-dev-shm-usage""".split()  # noqa: SIM905

# The page stands in a frame as wide as a phone; this page around it measures.
AROUND = """<!doctype html><meta charset="utf-8"><body>
<iframe id="frame" style="width:{width}px;height:800px;border:0" srcdoc="{page}"></iframe>
<pre id="seen"></pre>
<script>
addEventListener("load", () => {{
  const inner = document.getElementById("frame").contentDocument, root = inner.documentElement;
  const drawings = [...inner.querySelectorAll("svg")].filter((one) => one.getBoundingClientRect().width);
  const seen = {{
    hit: window.hit || 0,
    title: inner.title,
    wide: root.scrollWidth - root.clientWidth,
    requests: inner.defaultView.performance.getEntriesByType("resource").length,
    drawings: drawings.length,
    background: getComputedStyle(inner.body).backgroundColor,
    bar: getComputedStyle(inner.querySelector("svg [fill='#0072b2']")).fill,
  }};
  document.getElementById("seen").textContent = JSON.stringify(seen);
}});
</script>"""


def opened(page: str, folder: Path, *flags: str, width: int = 360) -> dict[str, Any]:
    """What the browser makes of a page."""
    (folder / "around.html").write_text(AROUND.format(page=escape(page), width=width), "utf-8")
    address = (folder / "around.html").as_uri()
    command = [BROWSER, *FLAGS, *flags, f"--user-data-dir={folder / 'profile'}", "--dump-dom", address]
    dumped = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    found = re.search(r'<pre id="seen">(.+?)</pre>', dumped, re.DOTALL)
    assert found, dumped[-2000:]
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    return seen


def test_a_page_fits_a_phone(make_report: Make, tmp_path: Path) -> None:
    """At 360 pixels nothing runs over, and each chart shows its narrow drawing only."""
    seen = opened(str(render(make_report(), "html").content), tmp_path)
    assert seen["wide"] == 0
    assert seen["drawings"] == 7
    assert seen["title"] == "Review"
    assert seen["requests"] == 0


def test_a_page_fits_a_screen(make_report: Make, tmp_path: Path) -> None:
    """At 1280 pixels likewise, with the wide drawings."""
    seen = opened(str(render(make_report("es"), "html").content), tmp_path, width=1280)
    assert (seen["wide"], seen["drawings"]) == (0, 7)


@pytest.mark.parametrize("policy", [True, False])
def test_nothing_hostile_runs(make_report: Make, hostile: str, tmp_path: Path, policy: bool) -> None:  # noqa: FBT001
    """Neither with the page's content policy nor without: escaping alone is enough."""
    page = str(render(make_report(hostile=hostile), "html").content)
    if not policy:
        page, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        assert count == 1
    seen = opened(page, tmp_path)
    assert seen["hit"] == 0
    assert seen["wide"] == 0
    assert seen["requests"] == 0
    assert seen["title"].startswith("Review<script>parent.hit=1</script>")


def test_the_dark_reaches_the_drawings(make_report: Make, tmp_path: Path) -> None:
    """The page turns dark where the reader's system is, and its bars turn lighter with it."""
    page = str(render(make_report(), "html").content)
    light = opened(page, tmp_path, "--blink-settings=preferredColorScheme=1")
    dark = opened(page, tmp_path, "--blink-settings=preferredColorScheme=0")
    assert light["background"] == "rgb(247, 248, 250)"
    assert dark["background"] == "rgb(15, 21, 32)"
    assert light["bar"] == "rgb(0, 114, 178)" != dark["bar"]
