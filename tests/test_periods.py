"""The laws of instants, periods and dated terms."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.errors import InvalidFactError, InvalidTermsError
from smarketing.periods import (
    Dated,
    Period,
    checked_period,
    from_micros,
    parse_instant,
    start_of_day,
    to_micros,
)

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001
ZONES = (
    "UTC",
    "Europe/Madrid",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Toronto",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
)
zones = st.sampled_from(ZONES)
days = st.dates(date(1910, 1, 1), date(2090, 12, 31))
units = st.sampled_from(["day", "week", "month", "quarter", "year"])


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_and_microseconds_are_the_same_thing(at):
    """The conversion is exact in both directions over the whole of datetime."""
    assert from_micros(to_micros(at)) == at
    assert to_micros(at + timedelta(0)) - to_micros(at.replace(microsecond=0)) == at.microsecond


@pytest.mark.parametrize("given_instead", ["2026-01-01", date(2026, 1, 1), 5, None])
def test_what_is_no_instant_is_told_so_with_what_reads_it(given_instead):
    """A text or a day in the place of an instant is named, not met by an error of Python's own."""
    with pytest.raises(InvalidTermsError, match=r"not an instant\n.*parse_instant"):
        to_micros(given_instead)


@pytest.mark.parametrize("given_instead", ["2026-10", (NAIVE, NAIVE), None])
def test_what_is_no_period_is_told_so_with_what_reads_it(given_instead):
    """A text in the place of a period is named, with the field in which it stood."""
    with pytest.raises(InvalidTermsError, match=r"not a Period\n.*asked for: Period\.parse"):
        checked_period(given_instead, "asked for")


def test_a_repeated_hour_keeps_its_two_instants_apart():
    """Two showings of 02:30 lie an hour apart."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    assert to_micros(first.replace(fold=1)) - to_micros(first) == 3_600_000_000


@pytest.mark.parametrize(
    "read",
    [to_micros, start_of_day, lambda at: Period.months(at, 1), lambda at: Period.parse("2026").contains(at)],
)
def test_instants_without_a_zone_are_refused(read):
    """Nobody guesses where a naive time was read; an instant is no day either."""
    with pytest.raises(InvalidFactError, match="2026-01-01T00:00:00"):
        read(NAIVE)


def test_microseconds_outside_the_calendar_are_refused():
    """A clear error instead of an overflow; and no float is rounded silently."""
    with pytest.raises(InvalidFactError, match="outside the years 1 to 9999"):
        from_micros(10**18)
    with pytest.raises(TypeError):
        from_micros(1.5)


@given(days, zones)
@settings(deadline=None)
def test_a_day_begins_at_the_first_instant_that_carries_its_date(day, zone):
    """The second before carries an earlier date, whatever clocks do at midnight."""
    start, tz = start_of_day(day, zone), ZoneInfo(zone)
    assert (start - timedelta(seconds=1)).astimezone(tz).date() < day
    assert start.astimezone(tz).date() >= day
    assert start <= start_of_day(day + timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("day", "zone", "start"),
    [
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00+00:00"),  # 00:00 becomes 01:00
        ("1919-03-31", "America/Toronto", "1919-03-31T04:30+00:00"),  # 23:30 became 00:30
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00+00:00"),  # a day that was left out
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00+00:00"),
        ("2020-11-01", "America/Havana", "2020-11-01T04:00+00:00"),  # 00:00 is shown twice
    ],
)
def test_midnights_that_do_not_exist_or_exist_twice(day, zone, start):
    """The jump itself, and the first showing."""
    assert start_of_day(date.fromisoformat(day), zone) == datetime.fromisoformat(start)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2018-04-01", "2018-03-31T22:00+00:00"),
        ("2018-04-01T09:30", "2018-04-01T07:30+00:00"),
        ("2018-04-01T09:30-05:00", "2018-04-01T14:30+00:00"),
        ("2018-04-01T09:30Z", "2018-04-01T09:30+00:00"),
        ("2026-03-29T02:30", "2026-03-29T01:00+00:00"),  # skipped: the jump
        ("2026-10-25T02:30", "2026-10-25T00:30+00:00"),  # shown twice: the first
    ],
)
def test_instants_are_read_in_the_zone_unless_they_say_otherwise(text, instant):
    """A day is its start; an offset counts as written."""
    at = parse_instant(text, "Europe/Madrid")
    assert at == datetime.fromisoformat(instant)
    assert at.tzinfo is UTC


@pytest.mark.parametrize("text", ["yesterday", "2018-13-01", "", "2018-02-30T10:00"])
def test_what_is_no_instant_is_refused_with_an_example(text):
    """The message says what to write."""
    with pytest.raises(InvalidTermsError, match="such as 2018-04-01"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q3", "2026-07-01", "2026-10-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-W01", "2025-12-29", "2026-01-05"),
        ("2026-10-05", "2026-10-05", "2026-10-06"),
        ("FY2026", "2025-10-01", "2026-10-01"),
        ("FY2026-Q2", "2026-01-01", "2026-04-01"),
        ("2026-01-01/2026-03-01", "2026-01-01", "2026-03-01"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "Asia/Kathmandu"])
def test_a_text_names_a_half_open_period_of_local_days(text, first, after, zone):
    """From the start of the first day to the start of the day after the last; the label is the text."""
    period = Period.parse(text, zone, fiscal_year_start=10)
    assert period.start == start_of_day(date.fromisoformat(first), zone)
    assert period.end == start_of_day(date.fromisoformat(after), zone)
    assert (period.label, period.zone) == (text, zone)
    assert period.contains(period.start)
    assert not period.contains(period.end)
    assert period.boundaries == (to_micros(period.start), to_micros(period.end))


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-Q5",
        "2025-W53",
        "2026-02-30",
        "Q3 2026",
        "FY2026-10",
        "26",
        "",
        "2026/10",
        "0000",
        "9999",
    ],
)
def test_what_is_no_period_is_refused_with_the_forms(text):
    """The message names the text and every form that is understood."""
    with pytest.raises(InvalidTermsError, match="write 2026, 2026-Q3") as caught:
        Period.parse(text)
    assert repr(text) in str(caught.value)
    assert caught.value.problems[0].origin.field == "period"


def test_an_unknown_zone_gets_a_suggestion():
    """Wherever a zone is named."""
    with pytest.raises(InvalidTermsError, match="did you mean 'Europe/Madrid'"):
        Period.parse("2026", "Europe/Madird")


@pytest.mark.parametrize("text", ["2026-01-02/2026-01-02", "2026-01-02/2026-01-01"])
def test_a_period_holds_some_time(text):
    """It ends after it starts; so does a day that a zone left out."""
    with pytest.raises(InvalidTermsError, match="holds no time"):
        Period.parse(text)
    with pytest.raises(InvalidTermsError, match="holds no time"):
        Period.parse("2011-12-30", "Pacific/Apia")


@pytest.mark.parametrize(
    ("text", "previous", "last_year"),
    [
        ("2026-01", "2025-12", "2025-01"),
        ("2024-02", "2024-01", "2023-02"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026", "2025", "2025"),
        ("2026-W01", "2025-W52", "2025-W01"),
        ("2020-W53", "2020-W52", "2020-W01"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
        ("FY2026", "FY2025", "FY2025"),
        ("FY2026-Q1", "FY2025-Q4", "FY2025-Q1"),
        ("2026-01-01/2026-03-01", "2025-11-01/2026-01-01", "2025-01-01/2025-03-01"),
        ("2026-01-05/2026-01-15", "2025-12-26/2026-01-05", "2025-01-05/2025-01-15"),
        ("2024-02-28/2024-02-29", "2024-02-27/2024-02-28", "2023-02-28/2023-03-01"),
    ],
)
def test_the_period_before_and_the_one_a_year_ago_are_of_the_same_kind(text, previous, last_year):
    """A month follows a month, a fiscal quarter a fiscal quarter, ten days ten days."""
    period = Period.parse(text, "Europe/Madrid", fiscal_year_start=4)
    assert period.previous() == Period.parse(previous, "Europe/Madrid", fiscal_year_start=4)
    assert period.same_last_year() == Period.parse(last_year, "Europe/Madrid", fiscal_year_start=4)
    assert period.previous().end == period.start


def test_a_stretch_of_hours_goes_back_by_its_length():
    """What is not made of days has no calendar."""
    shift = Period.parse("2026-01-02T10:00/2026-01-02T16:00", "Europe/Madrid")
    assert shift.previous() == Period.parse("2026-01-02T04:00/2026-01-02T10:00", "Europe/Madrid")
    assert shift.same_last_year() == Period.parse("2025-01-03T10:00/2025-01-03T16:00", "Europe/Madrid")


@given(units, days, st.integers(1, 400), zones, st.sampled_from(["mon", "sunday"]))
@settings(deadline=None, max_examples=200)
def test_a_split_leaves_no_gap_and_no_overlap(unit, first, length, zone, week_start):
    """The pieces follow each other from the start to the end, and each whole one is its unit."""
    start, end = start_of_day(first, zone), start_of_day(first + timedelta(days=length), zone)
    if start == end:
        return
    pieces = Period(start=start, end=end, zone=zone).split(unit, week_start=week_start)
    assert (pieces[0].start, pieces[-1].end) == (start, end)
    assert all(earlier.end == later.start for earlier, later in pairwise(pieces))
    assert len({piece.label for piece in pieces}) == len(pieces)
    for piece in pieces[1:-1]:
        assert piece.unit == unit
        if week_start == "mon":
            assert piece == Period.parse(piece.label, zone)


def test_the_ends_of_a_split_are_clipped_and_keep_their_label():
    """Two days of a week are no week, though a chart calls them by it."""
    pieces = Period.parse("2026-10").split("week")
    assert [(piece.label, piece.unit) for piece in pieces[:2]] == [("2026-W40", "span"), ("2026-W41", "week")]
    assert pieces[0].end - pieces[0].start == timedelta(days=4)
    assert Period.parse("2026-W41").split("week")[0] == Period.parse("2026-W41")


def test_a_fiscal_year_splits_into_fiscal_quarters():
    """Whatever month it begins in."""
    year = Period.parse("FY2026", fiscal_year_start=2)
    quarters = [piece.label for piece in year.split("quarter")]
    assert quarters == ["FY2026-Q1", "FY2026-Q2", "FY2026-Q3", "FY2026-Q4"]
    assert Period.quarters(date(2025, 2, 1), 4, fiscal_year_start=2) == year.split("quarter")


def test_unknown_units_and_days_get_a_suggestion():
    """Both are words that people write in an agreement."""
    with pytest.raises(InvalidTermsError, match="did you mean 'month'"):
        Period.parse("2026").split("months")
    with pytest.raises(InvalidTermsError, match="weeks cannot begin on 'lun'"):
        Period.parse("2026").split("week", week_start="lun")
    with pytest.raises(InvalidTermsError, match="month 13"):
        Period.quarters(date(2026, 1, 1), 1, fiscal_year_start=13)


@given(days, st.integers(0, 30), zones)
@settings(deadline=None)
def test_months_in_a_row_touch_and_begin_with_the_month_of_their_start(day, n, zone):
    """A day and an instant of that day name the same months."""
    months = Period.months(day, n, zone)
    assert len(months) == n
    assert [month.label for month in months[:1]] == [f"{day:%Y-%m}"][:n]
    assert all(earlier == later.previous() for earlier, later in pairwise(months))
    if months:
        assert Period.months(months[0].start, n, zone) == months


def test_an_instant_belongs_to_the_month_of_its_zone():
    """The last evening of the year in Madrid is already next year in Kathmandu."""
    at = datetime(2025, 12, 31, 20, tzinfo=UTC)
    assert Period.months(at, 1, "Europe/Madrid")[0].label == "2025-12"
    assert Period.months(at, 1, "Asia/Kathmandu")[0].label == "2026-01"
    assert Period.quarters(at, 2, "Asia/Kathmandu")[1].label == "2026-Q2"


@given(st.dictionaries(days, st.integers(), min_size=1), days)
def test_the_terms_in_force_are_the_last_that_took_effect(versions, day):
    """On its day a version is in force already; before the first one there is an error that says so."""
    dated = Dated(tuple(versions.items()))
    assert [effect for effect, _ in dated.versions] == sorted(versions)
    earlier = [effect for effect in versions if effect <= day]
    assert dated.covers(day) == bool(earlier)
    if earlier:
        assert dated.on(day) == versions[max(earlier)]
    else:
        with pytest.raises(InvalidTermsError, match=f"no terms were in force on {day}"):
            dated.on(day)


def test_terms_without_versions_are_always_in_force():
    """Also on the first day there is."""
    assert Dated.of("ours").on(date.min) == "ours"
    assert Dated.of("ours").covers(date.min)


def test_dated_terms_that_contradict_themselves_are_refused():
    """Two on one day, none at all, or an instant in place of a day."""
    with pytest.raises(InvalidTermsError, match="2026-01-01"):
        Dated(((date(2026, 1, 1), 1), (date(2026, 1, 1), 2)))
    with pytest.raises(InvalidTermsError, match="need a version"):
        Dated(())
    with pytest.raises(InvalidFactError, match="local day"):
        Dated(((NAIVE, 1),))
    with pytest.raises(InvalidFactError, match="local day"):
        Dated.of(1).on(NAIVE)
