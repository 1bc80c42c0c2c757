"""Strategies for values and periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from smarketing.periods import Period
from smarketing.values import Money, Points, Scalar, Share, Traits

CURRENCIES = ("EUR", "USD", "JPY", "KWD")
ZONES = ("UTC", "Europe/Madrid", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Auckland", "America/New_York")
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

_NICE = (
    "organic",
    "Cold call",
    "Ñandú",
    "ＧＯＯＧＬＥ",
    "straße",
    "=1+1",
    "<b>",
    "a,b",
    'say "hi"',
    " padded ",
    "🚀",
)


def instants(first: datetime = FIRST, last: datetime = LAST) -> st.SearchStrategy[datetime]:
    """Aware instants in UTC, by the microsecond, by the second or by the hour; neighbours often coincide."""
    span = last - first
    micros = st.integers(0, span // timedelta(microseconds=1) - 1)
    grain = st.sampled_from([1, 1_000_000, 3_600_000_000])
    return st.builds(lambda at, unit: first + timedelta(microseconds=at // unit * unit), micros, grain)


def days() -> st.SearchStrategy[date]:
    """Calendar days, of the two years in which `instants` lie."""
    return st.dates(FIRST.date(), LAST.date())


def words() -> st.SearchStrategy[str]:
    """Words as people type them: never blank, sometimes awkward."""
    letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
    free = st.text(letters, min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
    return st.sampled_from(_NICE) | free


def currencies() -> st.SearchStrategy[str]:
    """Currencies with none, two and three digits in the minor unit."""
    return st.sampled_from(CURRENCIES)


def minor_amounts() -> st.SearchStrategy[int]:
    """Amounts in minor units: often small, sometimes huge, never negative."""
    return st.integers(0, 500_000) | st.integers(0, 10**14)


def money(currency: str | None = None) -> st.SearchStrategy[Money]:
    """Money of one currency, or of any; negative too."""
    return st.builds(
        Money, st.integers(-(10**14), 10**14), currencies() if currency is None else st.just(currency)
    )


def shares() -> st.SearchStrategy[Share]:
    """Agreed parts of a whole: 0 % to 100 %, round ones often."""
    return st.builds(
        Share, st.integers(0, 100).map(lambda percent: percent * 10_000) | st.integers(0, 1_000_000)
    )


def points() -> st.SearchStrategy[Points]:
    """Points, negative ones too."""
    return st.builds(
        Points, st.integers(-100, 100).map(lambda n: n * 1_000_000) | st.integers(-(10**9), 10**9)
    )


def traits() -> st.SearchStrategy[Traits]:
    """A company's extra fields; a name always carries the same type of value."""
    kinds: dict[str, st.SearchStrategy[Scalar]] = {
        "segment": words(),
        "stock": st.integers(0, 10**6),
        "fit": st.floats(0, 1).map(lambda share: round(share, 3)),
        "has_company": st.booleans(),
    }
    return st.fixed_dictionaries({}, optional=kinds).map(Traits)


def periods() -> st.SearchStrategy[Period]:
    """Half-open periods: days, weeks, months, quarters, years, and odd spans, in several zones."""
    texts = st.one_of(
        days().map(str),
        days().map(lambda day: f"{day.isocalendar().year}-W{day.isocalendar().week:02}"),
        days().map(lambda day: f"{day.year}-{day.month:02}"),
        days().map(lambda day: f"{day.year}-Q{(day.month + 2) // 3}"),
        days().map(lambda day: str(day.year)),
    )
    named = st.builds(Period.parse, texts, st.sampled_from(ZONES))
    ends = st.lists(instants(), min_size=2, max_size=2, unique=True).map(sorted)
    return named | st.builds(
        lambda two, zone: Period(start=two[0], end=two[1], zone=zone), ends, st.sampled_from(ZONES)
    )
