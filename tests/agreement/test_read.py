"""An agreement is read whole, or refused with every fault, its place, and the nearest known word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from malformed_agreements import COMPANY, MALFORMED

from smarketing.agreement import Agreement, Company, Quota, load_agreement
from smarketing.errors import InvalidTermsError, UnreadableFileError
from smarketing.funnel import Funnel
from smarketing.origin import Problem
from smarketing.sources import LeadSource, SourceRules
from smarketing.values import Money, Share

WHOLE = (
    COMPANY
    + """
fiscal_year_start = 7
week_start = "sun"
languages = "es"
words.es = { "Lead" = "Contacto" }

[funnel]
stages = [
  { name = "lead", owners = "marketing", entered_by = "lead_captured", probability = 0.29 },
  { name = "trial", owners = ["sales", "marketing"], kind = "sla", max_stay = "2 d 4h", probability = "50%" },
  { name = "customer", owners = "sales", entered_by = ["deal_won"] },
]
detours = [{ name = "lost", kind = "lost", from_stages = "trial" }]

[[pipelines]]
name = "classic"
stages = [{ name = "won", owners = "sales" }]

[[sources]]
rules = [{ source = "seeker", when = { source_raw = "organic*" } }]
[[sources]]
from = 2026-07-01
rules = [{ source = "search", when = { source_raw = ["email", "cold*"], channel = "mail" }, note = "us" }]

[calendars.sales]
windows = { "mon-fri" = ["10:00-14:00", "15:00-18:00"], sat = "10:00-14:00" }
holidays = [2026-01-06]

[[calendars.support]]
zone = "America/New_York"
windows = { daily = "00:00-24:00" }

[targets]
from = 2026-01-01
per = "quarter"
company = { revenue = 1_000_000.50, counts = { lead = 400 } }
teams.south = { revenue = "2000.25 EUR" }
owners."ana@x" = { counts = { customer = 3 } }
"""
)


def problems(text: str) -> dict[str | None, Problem]:
    """The faults of a document by key path; no place complains twice of one thing."""
    with pytest.raises(InvalidTermsError) as caught:
        load_agreement(text)
    found = caught.value.problems
    assert len({(problem.origin.field, problem.code) for problem in found}) == len(found)
    return {problem.origin.field: problem for problem in found}


def test_what_is_left_out_has_its_documented_default() -> None:
    """A company is all that a file needs to say."""
    agreement = load_agreement(COMPANY)
    assert agreement == Agreement(
        company=Company(name="Marathon Shoes", zone="Europe/Madrid", currency="EUR")
    )
    assert agreement.funnel == Funnel.default()
    assert agreement.sources.on(date(1999, 1, 1)) == SourceRules.default()
    assert (agreement.pipelines, dict(agreement.calendars), agreement.targets) == ((), {}, None)


def test_short_forms_are_read_as_people_mean_them() -> None:
    """One word for a list of one, the company's zone and currency where none is said, exact shares."""
    agreement = load_agreement(WHOLE)
    lead, trial, _ = agreement.funnel
    assert (lead.owners, lead.probability) == (frozenset({"marketing"}), Share(290_000))
    assert (trial.max_stay, trial.probability) == (timedelta(days=2, hours=4), Share(500_000))
    assert agreement.funnel.detours[0].from_stages == ("trial",)
    assert [pipeline.unit for pipeline in agreement.pipelines] == ["deal"]
    day = date(2026, 8, 1)
    assert (
        agreement.sources.on(date(2026, 6, 30)).classify({"source_raw": "Organic"}).source
        is LeadSource.SEEKER
    )
    assert agreement.sources.on(day).classify({"source_raw": "Organic"}).source is LeadSource.UNKNOWN
    sales, support = agreement.calendars["sales"].on(day), agreement.calendars["support"].on(day)
    assert (sales.zone, support.zone) == ("Europe/Madrid", "America/New_York")
    assert not sales.is_open(datetime(2026, 1, 6, 10, tzinfo=UTC))
    assert sales.is_open(datetime(2026, 1, 7, 10, tzinfo=UTC))
    assert agreement.targets is not None
    targets = agreement.targets.on(day)
    assert targets.company is not None
    assert (targets.per, targets.company.revenue) == ("quarter", Money(100_000_050, "EUR"))
    assert targets.teams["south"].revenue == Money(200_025, "EUR")
    assert targets.owners["ana@x"].counts == {"customer": 3}


def test_time_and_words_are_the_companys() -> None:
    """Days begin on its clock, quarters follow its fiscal year, and its own words win."""
    agreement = load_agreement(WHOLE)
    assert agreement.as_of("2018-04-01") == datetime(2018, 3, 31, 22, tzinfo=UTC)
    assert agreement.period("FY2026-Q1").start == datetime(2025, 6, 30, 22, tzinfo=UTC)
    assert agreement.period("2026-10").zone == "Europe/Madrid"
    assert (agreement.words()("Lead"), agreement.words("en")("Lead")) == ("Contacto", "Lead")


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_agreement_is_refused_with_every_fault_at_once(name: str) -> None:
    """Each with its key path, a stable code, and the way out."""
    text, expected = MALFORMED[name]
    found = problems(text)
    assert {(path, problem.code) for path, problem in found.items()} == {
        (path, code) for path, code, _ in expected
    }
    for path, _, hint in expected:
        assert hint in found[path].message


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ('[company]\nname = "Acme\nzone = 1', 2, "Illegal character"),
        ("[company]\nname", 2, "Expected '='"),
        ("[company]\nname = 'a'\nname = 'b'\n", 3, "overwrite"),
        ("[company]\n[company]\n", 2, "twice"),
        ("company = 2026-13-01\n", 1, ""),
    ],
)
def test_broken_toml_names_the_line(text: str, row: int, said: str) -> None:
    """Nothing more can be known of it than where it breaks first."""
    with pytest.raises(InvalidTermsError) as caught:
        load_agreement(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.origin.row) == ("invalid-toml", row)
    assert said in problem.message


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 10_000], ids=["brackets", "digits"])
def test_what_python_gives_up_on_is_broken_toml_too(text: str) -> None:
    """A hostile file ends in the same one error."""
    assert problems(text)[None].code == "invalid-toml"


EDITS = [
    "",
    "=",
    "7",
    "-1",
    "0.5",
    "nan",
    "true",
    '"x"',
    '""',
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "2026-01-01",
    "1e999999",
]


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(EDITS)), min_size=1, max_size=4))
def test_whatever_a_document_says_it_is_read_or_refused(edits: list[tuple[int, str]]) -> None:
    """No slip of the keyboard ends in anything but an agreement or the list of its faults."""
    lines = WHOLE.strip().split("\n")
    for number, edit in edits:
        key, equals, _ = lines[number % len(lines)].partition("=")
        lines[number % len(lines)] = f"{key}{equals} {edit}" if edit else ""
    agreement, codes = None, set[str]()
    try:
        agreement = load_agreement("\n".join(lines) + "\n")
    except InvalidTermsError as error:
        codes = {problem.code for problem in error.problems}
    assert (agreement is None) == bool(codes)
    assert "invalid-value" not in codes
    assert agreement is None or load_agreement(agreement.to_toml()) == agreement


@pytest.mark.parametrize(("written", "minor"), [("9007199254740993", 900719925474099300), ("1e3", 100000)])
def test_amounts_are_read_exactly(written: str, minor: int) -> None:
    """They never pass through a float."""
    targets = load_agreement(f"{COMPANY}[targets.company]\nrevenue = {written}").targets
    assert targets is not None
    assert targets.on(date(2026, 1, 1)).company == Quota(revenue=Money(minor, "EUR"))


def test_every_fault_names_the_file(tmp_path: Path) -> None:
    """A message can be followed to its place."""
    path = tmp_path / "agreement.toml"
    path.write_text(COMPANY.replace("zone", "zoen"), "utf-8")
    with pytest.raises(
        InvalidTermsError, match=r"agreement\.toml, company\.zoen: .*did you mean 'zone'"
    ) as caught:
        load_agreement(path)
    assert {problem.origin.file for problem in caught.value.problems} == {str(path)}


def test_a_file_is_read_whatever_wrote_it(tmp_path: Path) -> None:
    """With a byte order mark and the line ends of Windows too; the path may be text."""
    path = tmp_path / "a company.toml"
    path.write_bytes(b"\xef\xbb\xbf" + COMPANY.replace("\n", "\r\n").encode())
    assert load_agreement(str(path)) == load_agreement(path) == load_agreement(COMPANY)


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "no-such-file"), ("ñ".encode("latin-1"), "not-utf-8")],
    ids=["absent", "latin-1"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, code: str) -> None:
    """With what to do about it."""
    path = tmp_path / "agreement.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        load_agreement(path)
    assert [(p.code, p.origin.file) for p in caught.value.problems] == [(code, str(path))]
