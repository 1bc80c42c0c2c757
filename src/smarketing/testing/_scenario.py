"""Scenarios: a story and what ought to come of it, in a file that a salesperson can read and correct.

Each line of `facts` tells one thing that happened; each `[[expect]]` says what has to be true of a lead, a
deal or the whole funnel as of a day. The key that names what happened is one of `captured`, `enters`,
`assigned`, `touched`, `tried`, `answered`, `opened`, `won`, `lost` and `reopened`:

    title = "Ana is won"
    facts = [
      { on = 2026-01-05, lead = "Ana", captured = true, owner = "Luis", source = "Website" },
      { on = 2026-01-09, lead = "Ana", enters = "mql", by = "Luis", why = "asked for a quote" },
      { on = 2026-02-02, deal = "D-1", of = "Ana", opened = "12000 EUR" },
      { on = 2026-03-02, deal = "D-1", won = "11500 EUR", known = 2026-03-05 },
    ]

    [[expect]]
    as_of = 2026-04-01
    lead = "Ana"
    stage = "customer"

Of a `lead` or `deal` one may expect its `stage`, whom it is `assigned` to, the departments that are its
`owners`, its `way` through the stages ("mql", "mql on 2026-01-09", "mql (skipped)"), and by stage the `days`
spent there, `by` whom it came there and `why`; `problems` are expected to be none. Of the funnel one may
expect `conversions = { "lead to mql" = "1 of 2" }`, of one `source` and one `period` if need be.

Where the scenario states scoring matrices (`[scoring.intent]`), one may expect of a lead its `points`, the
`lines` that add up to them, and the day on which it `flipped` (or false); `score` says by which matrix, where
there are several.

Dates are days of the scenario's `zone`, times are of its wall. `agreement` names the file of the terms,
beside the scenario; without one the default funnel, pipeline and source rules hold. Every expectation is
checked on the facts as they stand and told backwards.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.facts import Fact
from smarketing.origin import Origin, Problem
from smarketing.testing._expect import Terms, differences
from smarketing.testing._expect_scores import EXPECTED, matrices_of
from smarketing.testing._story import Faults, fact_of, instant_of

__all__ = ["Scenario", "run_scenario"]

_KEYS = ("title", "zone", "agreement", "scoring", "facts", "expect")


@attrs.frozen(kw_only=True)
class Scenario:
    """A story that was told, and found to end as expected.

    Attributes:
        title: What it is about.
        facts: What happened, in the order of the file.
        expectations: How many things were expected of it, and found.
    """

    title: str
    facts: tuple[Fact, ...]
    expectations: int


def run_scenario(source: str | Path) -> Scenario:
    """Check that a story ends as its scenario expects.

    Args:
        source: The path of a TOML file, or the text of one (a string with a line break or a `=` in it).

    Raises:
        AssertionError: Something is not as expected, with each difference: what was expected, what was found.
        InvalidTermsError: The scenario cannot be read, with every fault and the nearest known word.

    Example:
        >>> print(run_scenario('''
        ... title = "A lead is captured"
        ... facts = [{ on = 2026-01-05, lead = "Ana", captured = true }]
        ... expect = [{ as_of = 2026-02-01, lead = "Ana", stage = "mql" }]
        ... ''').title)
        Traceback (most recent call last):
        AssertionError: A lead is captured
          as of 2026-02-01, lead Ana: stage should be 'mql', and is 'lead'
    """
    document, file = _document(source)
    faults = Faults(file)
    faults.known("", document, _KEYS)
    zone = document.get("zone")
    terms = _terms(document, file, zone if isinstance(zone, str) else None)
    terms = attrs.evolve(terms, scoring=matrices_of(document, terms.zone, faults))
    facts = [fact_of(line, place, terms.zone, faults) for place, line in faults.tables("facts", document)]
    expected = [
        (instant_of(line.get("as_of"), f"{place}.as_of", terms.zone, faults), line)
        for place, line in faults.tables("expect", document)
    ]
    for place, line in faults.tables("expect", document):
        faults.known(f"{place}.", line, ("as_of", "lead", "deal", *_EXPECTED))
    faults.raise_any()
    told = [fact for fact in facts if fact is not None]
    title = str(document.get("title", file or "scenario"))
    for order, name in ((told, ""), (told[::-1], " (told backwards)")):
        found = [one for stamp, line in expected for one in differences(order, stamp.at, line, terms)]
        if found:
            raise AssertionError("\n".join([title + name, *(f"  {one}" for one in found)]))
    return Scenario(title=title, facts=tuple(told), expectations=len(expected))


_EXPECTED = (
    "stage",
    "assigned",
    "owners",
    "way",
    "days",
    "why",
    "by",
    "problems",
    "period",
    "source",
    "conversions",
    *EXPECTED,
)


def _document(source: str | Path) -> tuple[Mapping[str, object], Path | None]:
    is_text = isinstance(source, str) and ("\n" in source or "=" in source)
    file = None if is_text else Path(source)
    try:
        return tomllib.loads(str(source) if file is None else file.read_text("utf-8")), file
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = Problem(
            code="unreadable", message=str(error), origin=Origin(file=str(file) if file else None)
        )
        raise InvalidTermsError("the scenario cannot be read:", [problem]) from None


def _terms(document: Mapping[str, object], file: Path | None, zone: str | None) -> Terms:
    named = document.get("agreement")
    if not isinstance(named, str):
        return Terms.default(zone or "Europe/Madrid")
    folder = file.parent if file is not None else Path()
    return Terms.agreed(folder / named, zone)
