"""The rows of the example company's export: what its CRM writes about each life.

The words are a CRM's own ("Google Ads", "Marketing Qualified Lead", "Closed Lost"), never ours: what they
mean is said by the mapping that is written beside them. Nothing dated after the last day is written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from smarketing.testing import _wall as wall
from smarketing.testing import _world as world
from smarketing.testing._lives import LAST_SECOND, DealLife, Life

Row = tuple[str, ...]
Rows = Mapping[str, list[Row]]


def _header(text: str) -> Row:
    return tuple(name.strip() for name in text.split(","))


HEADERS: Mapping[str, Row] = MappingProxyType(
    {
        "leads.csv": _header(
            "Lead ID, Created, Captured, Lead source, Channel, UTM source, UTM medium, UTM campaign, "
            "Referring site, Referred by, Campaign ID, Persona, Owner, Team, Name, E-mail, Phone, Job title, "
            "Company, City, Region, Country"
        ),
        "stage_history.csv": _header("Lead ID, Stage, Entered, Recorded, Changed by, Reason"),
        "activities.csv": _header("Lead ID, When, By, Channel, Result, Connected, Seconds"),
        "feedback.csv": _header("Lead ID, When, Verdict, Reason, By"),
        "accounts.csv": _header(
            "Account ID, Created, Name, Industry, City, Region, Country, Employees, Owner"
        ),
        "deals.csv": _header(
            "Deal ID, Lead ID, Account ID, Deal name, Created, Owner, Team, Campaign ID, Product, "
            "Product line, List price, Amount, Cost, Currency, Payment days, Expected close, "
            "Closed, Outcome, Closed amount, Reason, Competitor"
        ),
        "deal_history.csv": _header("Deal ID, Stage, Entered, Changed by"),
        "reopened_deals.csv": _header("Deal ID, Lost, Outcome, Reason, Reopened, Changed by"),
        "campaigns.csv": _header(
            "Campaign ID, Name, Objective, Tool, Direction, Channel, Persona, Starts, Ends, Budget, Currency"
        ),
        "spend.csv": _header("Campaign ID, Booked, From, To, Channel, Amount, Currency"),
    }
)
"""The files of the export, and the columns of each."""

STAGE_WORDS = MappingProxyType(
    {
        "prospect": "Visitor",
        "lead": "Lead",
        "mql": "Marketing Qualified Lead",
        "sql": "Sales Qualified Lead",
        "recycled": "Nurturing",
        "disqualified": "Disqualified",
    }
)
"""The CRM's words for the stages of leads."""


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def lead_id(number: int) -> str:
    return f"L-{number + 1:06}"


def account_id(life: Life) -> str:
    return f"A-{life.number + 1:06}"


def deal_id(deal: DealLife) -> str:
    return f"D-{deal.number:06}"


def created(life: Life) -> int:
    """When the CRM first had a record of the lead: its capture, or its first visit if there was no more."""
    return life.seen if life.captured is None or life.captured >= LAST_SECOND else life.captured


def referred_by(life: Life) -> str:
    """Another lead, for those whose way says that somebody referred them."""
    if world.WAYS[life.way].source != "referral" or life.number < 50:
        return ""
    return lead_id(life.number * (life.number % 89) // 97)


def person(life: Life) -> tuple[str, str, str]:
    """Name, e-mail address and telephone number, all invented."""
    first, last = world.FIRST_NAMES[life.first], world.LAST_NAMES[life.last]
    mail = f"{_ascii(first)}.{_ascii(last)}{life.number % 97}@{_DOMAINS[life.firm]}"
    return f"{first} {last}", mail, f"+1 202 555 01{life.number % 100:02}"


def job_title(life: Life) -> str:
    titles = world.JOB_TITLES[world.PERSONAS[life.persona]]
    return titles[life.number % len(titles)]


def company(life: Life) -> str:
    return f"{world.FIRMS[life.firm]} {life.number % 89 + 1}"


def employees(life: Life) -> int:
    return 5 + life.number * 37 % 480


def industry(life: Life) -> str:
    return world.INDUSTRIES[life.firm % len(world.INDUSTRIES)]


def country(life: Life) -> str:
    return "Spain" if life.firm < 11 else "United Kingdom"


_PLAIN = {
    name: unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    for name in (*world.FIRST_NAMES, *world.LAST_NAMES)
}
_DOMAINS = tuple(
    unicodedata.normalize("NFKD", firm).encode("ascii", "ignore").decode().casefold().replace(" ", "-")
    + ".example.com"
    for firm in world.FIRMS
)


def _ascii(name: str) -> str:
    return _PLAIN[name]


def add_rows(life: Life, rows: Rows) -> None:
    """Append what the export says about one life to the rows of each file."""
    number = lead_id(life.number)
    rows["leads.csv"].append(_lead_row(life, number))
    rows["stage_history.csv"].extend(
        (number, STAGE_WORDS[stage], wall.text(at), wall.text(known), by, why)
        for stage, at, known, by, why in life.moves
        if known < LAST_SECOND
    )
    rows["activities.csv"].extend(
        (number, wall.text(at), by, channel, result, "yes" if connected else "no", str(seconds))
        for at, by, channel, result, connected, seconds in life.attempts
        if at < LAST_SECOND
    )
    rows["feedback.csv"].extend(
        (number, wall.text(at), verdict.capitalize(), why, by)
        for at, verdict, why, by in life.answers
        if at < LAST_SECOND
    )
    if life.deal is not None and life.deal.at < LAST_SECOND:
        _add_deal(life, life.deal, number, rows)


def _lead_row(life: Life, number: str) -> Row:
    way = world.WAYS[life.way]
    effort = None if life.effort is None else world.EFFORTS[life.effort]
    began = wall.text(created(life))
    owner = world.SCOUTS[life.scout]
    campaign = effort.id if effort else ""
    tag = effort.id.casefold() if effort and way.utm_source else ""
    came = (
        life.word,
        way.channel,
        way.utm_source,
        way.utm_medium,
        tag,
        way.site,
        referred_by(life),
        campaign,
    )
    if life.captured is None or life.captured >= LAST_SECOND:  # a visitor: nobody knows who it is
        return (number, began, "", *came, world.PERSONAS[life.persona], owner, "Inside", *_NOBODY)
    return (
        *(number, began, began, *came, world.PERSONAS[life.persona], owner, "Inside"),
        *(*person(life), job_title(life), company(life), *world.CITIES[life.place], country(life)),
    )


_NOBODY = ("",) * 8


def _add_deal(life: Life, deal: DealLife, number: str, rows: Rows) -> None:
    key, account = deal_id(deal), account_id(life)
    seller, team = world.SELLERS[deal.seller]
    product = world.PRODUCTS[deal.product]
    city, region = world.CITIES[life.place]
    campaign = "" if life.effort is None else world.EFFORTS[life.effort].id
    began = wall.text(deal.at)
    known = [closing for closing in deal.closings if closing.at < LAST_SECOND]
    reopened = deal.reopened if deal.reopened is not None and deal.reopened < LAST_SECOND else None
    final = known[-1] if known and not (reopened is not None and len(known) == 1) else None
    rows["accounts.csv"].append(
        (
            account,
            began,
            company(life),
            industry(life),
            city,
            region,
            country(life),
            str(employees(life)),
            seller,
        )
    )
    terms = str(deal.payment_days)
    value = (money(deal.list_minor), money(deal.amount_minor), money(product.cost_minor * deal.quantity))
    ending = (
        (
            wall.text(final.at),
            final.outcome.capitalize(),
            money(final.amount_minor),
            final.why,
            final.competitor,
        )
        if final
        else _OPEN
    )
    rows["deals.csv"].append(
        (
            *(key, number, account, f"{product.name} for {company(life)}", began, seller, team, campaign),
            *(product.name, product.family, *value, world.CURRENCY, terms),
            *(wall.DAYS[deal.expected_day], *ending),
        )
    )
    rows["deal_history.csv"].extend(
        (key, stage.capitalize(), wall.text(at), by) for stage, at, _, by, _ in deal.moves if at < LAST_SECOND
    )
    if reopened is not None:
        away = deal.closings[0]
        rows["reopened_deals.csv"].append(
            (key, wall.text(away.at), "Lost", away.why, wall.text(reopened), seller)
        )


_OPEN = ("",) * 5


def campaign_rows() -> Iterator[Row]:
    """One row for each campaign."""
    months = wall.months()
    for effort in world.EFFORTS:
        starts, ends = months[effort.first_month][0], months[effort.last_month][1]
        budget = money(effort.monthly_minor * (effort.last_month - effort.first_month + 1))
        yield (
            *(effort.id, effort.name, effort.objective, effort.tool, effort.direction, effort.channel),
            *(effort.persona, wall.DAYS[starts], wall.DAYS[ends], budget, world.CURRENCY),
        )


def spend_rows() -> Iterator[Row]:
    """What each campaign cost in each of its months, booked on the month's last day."""
    days = wall.DAYS
    for month, (first, last) in enumerate(wall.months()):
        for number, effort in enumerate(world.EFFORTS):
            if effort.first_month <= month <= effort.last_month:
                spent = money(spent_minor(number, month))
                yield (effort.id, days[last], days[first], days[last], effort.channel, spent, world.CURRENCY)


def spent_minor(effort: int, month: int) -> int:
    """A month's cost: the plan, up or down by as much as a tenth."""
    return world.EFFORTS[effort].monthly_minor * (90 + (effort * 31 + month * 17) % 21) // 100
