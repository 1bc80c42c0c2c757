"""An agreement is read whole, or refused with every fault, its place, and the nearest known word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.agreement import Agreement, Company, Quota, load_agreement
from smarketing.errors import InvalidTermsError, UnreadableFileError
from smarketing.funnel import Funnel
from smarketing.origin import Problem
from smarketing.sources import LeadSource, SourceRules
from smarketing.values import Money, Share

COMPANY = """
[company]
name = "Marathon Shoes"
zone = "Europe/Madrid"
currency = "EUR"
"""
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


STAGE = '{ name = "lead", owners = "marketing" }'
WINDOWS = '{ "mon-fri" = "09:00-17:00" }'

# A document, and the faults that it has: key path, code, and what the message says of the way out.
MALFORMED: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "nothing": ("\n", [("company", "missing-key", "add it")]),
    "no company": (
        "[funnel]\nstages = []",
        [("company", "missing-key", ""), ("funnel.stages", "no-stages", "")],
    ),
    "misspelled section": (COMPANY + "[funel]", [("funel", "unknown-key", "'funnel'")]),
    "empty company": (
        "[company]\n",
        [
            ("company.name", "missing-key", ""),
            ("company.zone", "missing-key", ""),
            ("company.currency", "missing-key", ""),
        ],
    ),
    "faulty company": (
        """
        [company]
        name = " "
        zone = "Europe/Madri"
        currency = "eur"
        fiscal_year_start = 13
        week_start = "mom"
        languages = ["en", "fr"]
        words.pt.Lead = "Contato"
        """,
        [
            ("company.name", "blank-name", ""),
            ("company.zone", "unknown-zone", "'Europe/Madrid'"),
            ("company.currency", "unknown-currency", "'EUR'"),
            ("company.fiscal_year_start", "invalid-month", "1 to 12"),
            ("company.week_start", "unknown-weekday", "'mon'"),
            ("company.languages[1]", "unknown-language", "en, es"),
            ("company.words.pt", "unknown-language", "en, es"),
        ],
    ),
    "misspelled key beside a faulty value": (
        COMPANY.replace("name", "nmae").replace("Madrid", "Madird"),
        [
            ("company.name", "missing-key", ""),
            ("company.nmae", "unknown-key", "'name'"),
            ("company.zone", "unknown-zone", "'Europe/Madrid'"),
        ],
    ),
    "text for a number": (
        COMPANY + 'fiscal_year_start = "1"',
        [("company.fiscal_year_start", "wrong-type", "a whole number")],
    ),
    "flag for a number": (
        COMPANY + "fiscal_year_start = true",
        [("company.fiscal_year_start", "wrong-type", "")],
    ),
    "no languages": (COMPANY + "languages = []", [("company.languages", "no-language", "en, es")]),
    "own words that are none": (
        COMPANY + 'words = { es = { "Sent e-mail" = 7 } }',
        [('company.words.es."Sent e-mail"', "wrong-type", "text")],
    ),
    "version that is a number": ("version = 3" + COMPANY, [("version", "wrong-type", "text")]),
    "effective from an instant": (
        "effective_from = 2026-01-01T00:00:00Z" + COMPANY,
        [("effective_from", "wrong-type", "a day such as")],
    ),
    "funnel that is a list": (COMPANY + "[[funnel]]", [("funnel", "wrong-type", "a table")]),
    "stages of one name behind a misspelled key": (
        COMPANY + f'[funnel]\nstages = [{STAGE}, {STAGE}, {{ name = "customer", ownerz = "sales" }}]',
        [
            ("funnel.stages[2].owners", "missing-key", ""),
            ("funnel.stages[2].ownerz", "unknown-key", "'owners'"),
            ("funnel.stages[1].name", "name-twice", ""),
        ],
    ),
    "faulty stages": (
        COMPANY
        + """
        [funnel]
        unit = "laed"
        stages = [
          { name = "Lead!", owners = [] },
          { name = "mql", owners = [7, "sales"] },
          { name = "sql", owners = "sales", kind = "sla" },
          { name = "customer", owners = "sales", kind = "gates", max_stay = 3, probability = "150 %" },
          "won",
        ]
        """,
        [
            ("funnel.unit", "unknown-word", "'lead'"),
            ("funnel.stages[1].owners[0]", "wrong-type", "text"),
            ("funnel.stages[3].kind", "unknown-word", "'gate'"),
            ("funnel.stages[3].max_stay", "wrong-type", '"2 days"'),
            ("funnel.stages[4]", "wrong-type", "a table"),
        ],
    ),
    "stages that contradict themselves": (
        COMPANY
        + """
        [funnel]
        stages = [
          { name = "Lead!", owners = [] },
          { name = "sql", owners = "sales", kind = "sla" },
          { name = "customer", owners = "sales", max_stay = "1 day", probability = "150 %" },
        ]
        detours = [{ name = "nurture", kind = "recycled", returns_to = "sqll" }]
        """,
        [
            ("funnel.stages[0].name", "odd-name", "'lead'"),
            ("funnel.stages[0].owners", "no-owner", "'marketing'"),
            ("funnel.stages[1].max_stay", "no-max-stay", ""),
            ("funnel.stages[2].max_stay", "max-stay-without-sla", ""),
            ("funnel.stages[2].probability", "not-a-probability", ""),
            ("funnel.detours[0].returns_to[0]", "unknown-stage", "'sql'"),
        ],
    ),
    "fault of the mending alone": (
        COMPANY
        + '[funnel]\nstages = [{ name = "lead", owners = "sales", kind = "slaa", max_stay = "2 days" }]',
        [("funnel.stages[0].kind", "unknown-word", "'sla'")],
    ),
    "probability as a bare number": (
        COMPANY + '[funnel]\nstages = [{ name = "lead", owners = "sales", probability = 1 }]',
        [("funnel.stages[0].probability", "wrong-type", '"25 %"')],
    ),
    "evidence misspelled": (
        COMPANY + '[funnel]\nstages = [{ name = "lead", owners = "sales", entered_by = "deal_wonn" }]',
        [("funnel.stages[0].entered_by[0]", "unknown-word", "'deal_won'")],
    ),
    "funnel of deals": (
        COMPANY + f'[funnel]\nunit = "deal"\nstages = [{STAGE}]',
        [("funnel.unit", "not-for-leads", "")],
    ),
    "sources without a rule's parts": (
        COMPANY
        + '[[sources.rules]]\nsorce = "search"\n[[sources.rules]]\nsource = "seekrs"\nwhen = { channel = 7 }',
        [
            ("sources.rules[0].source", "missing-key", ""),
            ("sources.rules[0].when", "missing-key", ""),
            ("sources.rules[0].sorce", "unknown-key", "'source'"),
            ("sources.rules[1].source", "unknown-word", "'seeker'"),
            ("sources.rules[1].when.channel", "wrong-type", "a list"),
        ],
    ),
    "sources that contradict themselves": (
        COMPANY
        + """
        [sources]
        rules = [
          { source = "seeker", when = { chanel = "seo" } },
          { source = "search", when = { source_raw = "*" } },
          { source = "referral", when = { source_raw = "friend" } },
        ]
        """,
        [
            ("sources.rules[0].when.chanel", "unknown-field", "'channel'"),
            ("sources.rules[2]", "rule-never-reached", "move this one up"),
        ],
    ),
    "versions of sources": (
        COMPANY + "[[sources]]\nrules = []\n[[sources]]\nrules = []\n[[sources]]\nfrom = 2026\nrules = []",
        [
            ("sources[1].from", "missing-key", "from which day"),
            ("sources[2].from", "wrong-type", "a day such as"),
        ],
    ),
    "two versions of one day": (
        COMPANY + "[[sources]]\nfrom = 2026-01-01\nrules = []\n[[sources]]\nfrom = 2026-01-01\nrules = []",
        [("sources", "two-versions-on-a-day", "keep one")],
    ),
    "faulty calendars": (
        COMPANY
        + f"""
        [calendars.sales]
        windows = {{ "mon-fry" = "9-17", sat = 7 }}
        [calendars.support]
        windows = {WINDOWS}
        holidays = [2026-01-06, "6 January"]
        [calendars.night]
        zone = "Europe/Londn"
        windows = {{ "mon-fry" = "22:00-06:00" }}
        hollidays = []
        """,
        [
            ("calendars.sales.windows.mon-fry", "unknown-weekday", "'fri'"),
            ("calendars.sales.windows.mon-fry[0]", "invalid-window", "09:00-17:00"),
            ("calendars.sales.windows.sat", "wrong-type", "a list"),
            ("calendars.support.holidays[1]", "wrong-type", "a day such as"),
            ("calendars.night.hollidays", "unknown-key", "'holidays'"),
            ("calendars.night.zone", "unknown-zone", "'Europe/London'"),
            ("calendars.night.windows.mon-fry", "unknown-weekday", "'fri'"),
        ],
    ),
    "faulty targets": (
        COMPANY
        + """
        [targets]
        per = "weak"
        company = { revenue = "1000 USD", counts = { leed = 4, lead = -1 } }
        teams = { north = {}, south = { revenue = 1.005 } }
        owners = { ana = { revenue = true } }
        """,
        [
            ("targets.per", "unknown-word", "month, quarter, year"),
            ("targets.company.counts.lead", "negative-quota", ""),
            ("targets.teams.north", "empty-quota", "revenue"),
            ("targets.teams.south.revenue", "too-many-digits", "round it"),
            ("targets.owners.ana.revenue", "wrong-type", '"1234.50 EUR"'),
        ],
    ),
    "targets that do not fit the rest": (
        COMPANY
        + """
        [[targets]]
        company = { revenue = "1000 USD" }
        [[targets]]
        from = 2026-01-01
        owners."ana@x" = { counts = { custmer = 4 } }
        """,
        [
            ("targets[0].company.revenue", "other-currency", "in EUR"),
            ('targets[1].owners."ana@x".counts.custmer', "unknown-stage", "'customer'"),
        ],
    ),
    "targets without a quota": (
        COMPANY + "[targets]\nper = 'month'",
        [("targets", "no-quota", "the company")],
    ),
}
MALFORMED["faulty pipelines"] = (
    f"""
    pipelines = [
      {{ stages = [{STAGE}] }},
      {{ name = "a", stages = [{STAGE}] }},
      {{ name = "a", unit = "lead", stages = [{STAGE}] }},
      {{ name = "b", stages = [] }},
    ]
    {COMPANY}
    """,
    [
        ("pipelines[0].name", "missing-key", ""),
        ("pipelines[2].name", "name-twice", ""),
        ("pipelines[2].unit", "not-for-deals", ""),
        ("pipelines[3].stages", "no-stages", ""),
    ],
)


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
