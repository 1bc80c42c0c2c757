"""Agreements that nobody can use, each with the faults that reading it lists."""

from __future__ import annotations

COMPANY = """
[company]
name = "Marathon Shoes"
zone = "Europe/Madrid"
currency = "EUR"
"""

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
MALFORMED["faulty scores"] = (
    """campaigns = "C-01"
    """
    + COMPANY
    + """
    [scoring.intent]
    flips = [{ points = 25, campaign = "C-1" }]
    rules = [
      { name = "asks", when = { tuched = "form" }, points = 5 },
      { name = "opens", when = { touched = "opened" }, pints = 5 },
      { name = "opens", when = { known = "emial" }, points = 1, group = "social" },
    ]
    [sla]
    qualification = { stage = "mql", score = "intend", least_points = 25 }
    terms = [{ name = "r", kind = "response", within = "4 hours" }]
    """,
    [
        ("scoring.intent.rules[0].when.tuched", "unknown-key", "'touched'"),
        ("scoring.intent.rules[1].points", "missing-key", ""),
        ("scoring.intent.rules[1].pints", "unknown-key", "'points'"),
        ("scoring.intent.rules[2].name", "name-twice", ""),
        ("scoring.intent.rules[2].when.known", "unknown-field", "'email'"),
        ("scoring.intent.rules[2].group", "unknown-group", ""),
        ("scoring.intent.flips[0].campaign", "unknown-campaign", "'C-01'"),
        ("sla.qualification.score", "unknown-score", "'intent'"),
    ],
)
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
