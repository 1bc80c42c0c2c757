"""Contracts that nobody can keep, each with the faults that reading the agreement lists."""

from __future__ import annotations

from malformed_agreements import COMPANY

TERM = 'name = "first response"\nkind = "response"\nwithin = "4 hours"\n'
VOLUME = 'name = "leads"\nmeasure = "volume"\nper = "month"\ncount = 100\n'


def terms(*bodies: str) -> str:
    """Promises with a clock."""
    return "".join(f"[[sla.terms]]\n{body}\n" for body in bodies)


def deliveries(*bodies: str) -> str:
    """Promises about a period."""
    return "".join(f"[[sla.deliveries]]\n{body}\n" for body in bodies)


# A document's SLA, and the faults that it has: key path, code, and what the message says of the way out.
CONTRACTS: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "overlapping windows": (
        '[calendars.sales]\nwindows = { "mon-fri" = ["09:00-14:00", "13:00-18:00"] }\n' + terms(TERM),
        [("calendars.sales.windows.mon-fri[1]", "overlapping-windows", "join the two")],
    ),
    "no working time": (
        "[calendars.sales]\nwindows = {}\n" + terms(TERM),
        [("calendars.sales.windows", "no-working-time", "add a window")],
    ),
    "working hours that nobody described": (
        terms(TERM + 'calendar = "sales"'),
        [("sla.terms[0].calendar", "unknown-calendar", "[calendars.NAME]")],
    ),
    "hours of a team that nobody described": (
        "[sla.team_calendars]\nboston = 'esat'\n[calendars.east]\nwindows = { daily = '09:00-17:00' }\n"
        + terms(TERM),
        [("sla.team_calendars.boston", "unknown-calendar", "'east'")],
    ),
    "an unknown stage": (
        terms(TERM + 'starts = "entered mlq"') + deliveries(VOLUME + 'stage = "sqll"'),
        [
            ("sla.terms[0].starts", "unknown-stage", "'mql'"),
            ("sla.deliveries[0].stage", "unknown-stage", "'sql'"),
        ],
    ),
    "an unknown event": (
        terms(TERM + 'starts = "asigned"\npauses = [{ starts = "replid", ends = "answered" }]'),
        [
            ("sla.terms[0].starts", "unknown-event", "'assigned'"),
            ("sla.terms[0].pauses[0].starts", "unknown-event", "'replied'"),
        ],
    ),
    "a promise without a period": (
        deliveries('name = "leads"\nmeasure = "volume"\ncount = 100'),
        [("sla.deliveries[0].per", "no-period", "per = 'month'")],
    ),
    "dates reversed": (
        "[[sla]]\nfrom = 2026-07-01\nuntil = 2026-01-01\n" + terms(TERM),
        [("sla.until", "dates-reversed", "end it later")],
    ),
    "two defaults": (
        terms(TERM, TERM.replace("4", "2")),
        [("sla.terms[1]", "two-defaults", "only one can be for all other leads")],
    ),
    "two variants that may meet": (
        terms(TERM + 'when = { source = "referral" }', TERM + 'when = { channel = "fair" }'),
        [("sla.terms[1].priority", "same-priority", "a higher priority")],
    ),
    "a promise by two": (
        terms(TERM, TERM + 'by = "marketing"\nwhen = { channel = "fair" }'),
        [("sla.terms[1].by", "two-parties-promise", "one of them promises it")],
    ),
    "no promise at all": ("[sla]\nname = 'empty'\n", [("sla", "no-promise", "[[sla.terms]]")]),
    "no time to do it in": (
        terms(TERM.replace("4 hours", "0 hours")),
        [("sla.terms[0].within", "no-time", "'4 hours'")],
    ),
    "a stay that nothing begins": (
        terms('name = "stay"\nkind = "stay"\nwithin = "30 days"'),
        [("sla.terms[0].starts", "no-start", "'entered mql'")],
    ),
    "a handover that nothing closes": (
        terms('name = "routing"\nkind = "handover"\nwithin = "1 hour"\nstarts = "captured"'),
        [("sla.terms[0].closes", "no-close", "'assigned'")],
    ),
    "a clock that its own start would stop": (
        terms(TERM + 'closes = ["assigned"]'),
        [("sla.terms[0].closes", "closes-at-start", "another event")],
    ),
    "a call that would close a feedback term": (
        terms(
            'name = "feedback"\nkind = "feedback"\nwithin = "30 days"\ncloses = ["converted", "attempted"]'
        ),
        [("sla.terms[0].closes[1]", "closes-no-feedback", "converted")],
    ),
    "more than everything, and less than one": (
        terms(TERM + 'at_least = "120 %"\ncount = 0'),
        [
            ("sla.terms[0].at_least", "not-a-share", "up to 100 %"),
            ("sla.terms[0].count", "no-count", "1 or more"),
        ],
    ),
    "working days of nobody": (
        terms(TERM.replace("4 hours", "4 working days")),
        [("sla.terms[0].calendar", "days-of-no-calendar", "name the calendar")],
    ),
    "one call of which one is enough": (
        terms(TERM + 'or_once = "connected"'),
        [("sla.terms[0].or_once", "or-once-of-one", "say how many with count")],
    ),
    "a spacing of one call": (
        terms(TERM + 'spacing = "2 hours"'),
        [("sla.terms[0].spacing", "spacing-of-one", "count")],
    ),
    "an unknown source": (
        terms(TERM + 'when = { source = "referal" }'),
        [("sla.terms[0].when.source", "unknown-source", "'referral'")],
    ),
    "a quality that is a quantity": (
        deliveries(VOLUME.replace("volume", "acceptance")),
        [
            ("sla.deliveries[0].at_least", "missing-key", "at_least"),
            ("sla.deliveries[0].count", "key-of-other-measure", "leave it out"),
        ],
    ),
    "a field that no lead has": (
        deliveries(
            'name = "data"\nmeasure = "completeness"\nper = "month"\nat_least = "90 %"\nfields = ["emial"]'
        ),
        [("sla.deliveries[0].fields[0]", "unknown-field", "'email'")],
    ),
    "money of another country": (
        deliveries('name = "value"\nmeasure = "value"\nper = "month"\namount = "5000 USD"'),
        [("sla.deliveries[0].amount", "other-currency", "EUR")],
    ),
    "an indicator that nobody promised": (
        "[sla]\nindicators = 'first respones'\n" + terms(TERM),
        [("sla.indicators[0]", "unknown-promise", "'first response'")],
    ),
    "several faults of several kinds": (
        terms(TERM.replace("response", "answer").replace("4 hours", "soon"), TERM + 'calender = "sales"'),
        [
            ("sla.terms[0].kind", "unknown-word", "response"),
            ("sla.terms[0].within", "wrong-type", "2 days"),
            ("sla.terms[1].calender", "unknown-key", "'calendar'"),
        ],
    ),
}

DOCUMENTS = {name: (COMPANY + text, faults) for name, (text, faults) in CONTRACTS.items()}
