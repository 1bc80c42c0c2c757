"""One call renders a report by name or by object, and always to the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smarketing.document import Report
from smarketing.errors import UnknownNameError
from smarketing.renderers import HtmlRenderer, TextRenderer, VegaLiteRenderer, render

Make = Callable[..., Report]
ONCE = f"""
import hashlib, runpy
from smarketing.renderers import render
make = runpy.run_path({str(Path(__file__).with_name("conftest.py"))!r})["sample_report"]
for name in ("html", "text", "vegalite"):
    print(hashlib.sha256(bytes(render(make(), name))).hexdigest())
"""


def test_the_same_report_gives_the_same_bytes_in_any_process(make_report: Make) -> None:
    """Neither the hash seed, nor the time zone, nor what was drawn before leaves a trace."""
    digests = []
    for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        done = subprocess.run([sys.executable, "-c", ONCE], env=environment, capture_output=True, check=True)
        digests.append(done.stdout.decode().split())
    render(make_report(), "html")
    again = [
        hashlib.sha256(bytes(render(make_report(), name))).hexdigest()
        for name in ("html", "text", "vegalite")
    ]
    assert digests == [again, again]


@pytest.mark.parametrize("renderer", [HtmlRenderer(), TextRenderer(), VegaLiteRenderer()])
def test_a_renderer_is_found_by_its_name_or_passed_as_an_object(
    renderer: HtmlRenderer | TextRenderer | VegaLiteRenderer, make_report: Make
) -> None:
    """Both ways give the same, with the media type and the suffix to store it by."""
    named, passed = render(make_report(), renderer.name), render(make_report(), renderer)
    assert named == passed
    assert (named.suffix, named.media_type) == (renderer.suffix, renderer.media_type)


def test_a_wrong_name_is_met_with_the_nearest_one(make_report: Make) -> None:
    """The error lists what is installed."""
    with pytest.raises(UnknownNameError, match=r"'htm' \(did you mean 'html'\?\)"):
        render(make_report(), "htm")


def test_options_go_to_the_named_renderer_only(make_report: Make) -> None:
    """An option that would have no effect is refused."""
    assert "\n" + "-" * 30 not in str(render(make_report(), "text", width=60).content)
    with pytest.raises(TypeError, match="width"):
        render(make_report(), "html", width=60)
    with pytest.raises(TypeError, match="width: options are for a renderer given by name"):
        render(make_report(), TextRenderer(), width=60)


def test_the_chart_list_holds_every_chart_in_order(make_report: Make) -> None:
    """What is drawn elsewhere is what the page draws."""
    specs = json.loads(render(make_report(), "vegalite").content)
    assert [spec["title"] for spec in specs] == [
        "Funnel",
        "Bars",
        "Money",
        "Stacked",
        "Lines",
        "Steps",
        "Long",
    ]
    assert specs == [chart.spec for chart in make_report().charts]


def test_every_renderer_shows_an_empty_report() -> None:
    """Nothing to say is no fault."""
    assert "Nothing" in str(render(Report(title="Nothing"), "html").content)
    assert render(Report(title="Nothing"), "text").content == "Nothing\n=======\n"
    assert render(Report(title="Nothing"), "vegalite").content == "[]\n"
