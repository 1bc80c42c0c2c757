"""What the converter writes, it reads back equal; what is not exactly right, it refuses, all at once."""

from __future__ import annotations

import json
import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.calendars import BusinessCalendar
from smarketing.document import Chart, Column, Marked, Metric, Note, Report, Section, Table
from smarketing.errors import InvalidTermsError, UnreadableFileError
from smarketing.facts import KINDS, Fact, Lead, Line, Reply, Touch
from smarketing.funnel import Funnel
from smarketing.origin import Origin, Problem
from smarketing.periods import Dated, Period
from smarketing.serialize import FACT_TAGS, dump_facts, from_plain, load_facts, to_plain
from smarketing.sources import SourceRules
from smarketing.values import Money, Points, Share, Traits

TEXTS = st.text(min_size=1, max_size=8)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
INSTANTS = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 -- the strategy adds the zone
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3)), timezone(timedelta(minutes=345))]),
)
SCALARS = TEXTS | INTEGERS | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
ORIGINS = st.builds(
    Origin,
    system=TEXTS,
    table=st.text(max_size=4),
    record=TEXTS,
    file=st.none() | TEXTS,
    row=st.none() | st.integers(1, 99),
)
BY_TYPE = {
    str: TEXTS,
    int: INTEGERS,
    bool: st.booleans(),
    date: st.dates(),
    datetime: INSTANTS,
    Origin: ORIGINS,
    Share: st.builds(Share, INTEGERS),
    Points: st.builds(Points, INTEGERS),
    Traits: st.builds(Traits, st.dictionaries(TEXTS, SCALARS, max_size=3)),
}


def values_of(kind: object) -> st.SearchStrategy[object]:
    """Any value of a field's type."""
    if kind in BY_TYPE:
        return BY_TYPE[kind]  # type: ignore[index]
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return st.one_of(
            st.none() if part is type(None) else values_of(part) for part in typing.get_args(kind)
        )
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    assert kind == tuple[Line, ...], kind
    return st.lists(records(Line), max_size=2).map(tuple)


def records(kind: type) -> st.SearchStrategy[typing.Any]:
    """Any record of an attrs class."""
    attrs.resolve_types(kind)
    fields = {field.name: values_of(field.type) for field in attrs.fields(kind)}
    required = {field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING}
    required |= set(getattr(kind, "SUBJECTS", ())[:1])
    optional = {name: values for name, values in fields.items() if name not in required}
    needed = {name: fields[name].filter(lambda value: value is not None) for name in required}
    return st.fixed_dictionaries(needed, optional=optional).map(lambda given: kind(**given))


FACTS = st.sampled_from(KINDS).flatmap(records)


def is_plain(data: object) -> bool:
    """Whether JSON has a type for it, and exactly that one."""
    if type(data) is dict:
        return all(type(key) is str and is_plain(value) for key, value in data.items())
    if type(data) is list:
        return all(map(is_plain, data))
    return data is None or type(data) in {str, int, float, bool}


def problems(data: object, kind: typing.Any) -> dict[str | None, Problem]:
    """The faults that are found in data, by their key path."""
    with pytest.raises(InvalidTermsError) as caught:
        from_plain(data, kind)
    return {problem.origin.field: problem for problem in caught.value.problems}


# Round trips


@given(FACTS)
def test_every_kind_of_fact_comes_back_equal_and_with_the_same_id(fact: Fact) -> None:
    """Through JSON text, origin for messages included."""
    plain = to_plain(fact)
    assert is_plain(plain)
    back = from_plain(json.loads(json.dumps(plain)), Fact)
    assert (back, back.id) == (fact, fact.id)
    assert (back.origin.file, back.origin.row) == (fact.origin.file, fact.origin.row)


@given(st.lists(FACTS, max_size=3))
def test_facts_come_back_from_json_lines(facts: list[Fact]) -> None:
    """One line each, in plain ASCII, whatever people wrote in them."""
    lines = list(dump_facts(facts))
    assert len(lines) == len(facts)
    assert all(line.isascii() and "\n" not in line for line in lines)
    assert list(load_facts(lines)) == facts


@given(st.builds(Money, INTEGERS, st.sampled_from(["EUR", "JPY", "KWD", "USDT"])))
def test_money_comes_back_to_the_last_unit(money: Money) -> None:
    """Whatever number of digits its currency has."""
    assert from_plain(to_plain(money), Money) == money


@given(st.timedeltas())
def test_lengths_of_time_come_back_exactly(length: timedelta) -> None:
    """To the microsecond, negative ones too."""
    assert from_plain(to_plain(length), timedelta) == length


MADRID = BusinessCalendar(
    zone="Europe/Madrid",
    windows={"mon-thu": ("10:00-14:00", "15:00-18:00"), "fri": "22:00-06:00"},
    holidays={date(2026, 1, 6), date(2026, 12, 25)},
)
CAPTION = Table([Column("Month"), Column("Leads", "count")], [("Jan", 3), ("Feb", None)])
REPORT = Report(
    title="Review",
    sections=[
        Section(
            "Figures",
            [
                Metric("Won", Money.of("12.5", "EUR"), "money", compared=Marked(None, "too few")),
                Metric("Rate", Fraction(1, 3), "share", note="of all"),
                Metric("Score", Points.of("2.5"), "points"),
                Metric("Stay", timedelta(days=2, hours=3), "duration"),
                Metric("Seen", datetime(2026, 1, 3, tzinfo=UTC), "instant"),
                Metric("Day", date(2026, 1, 3), "date"),
                Metric("Number", Decimal("1.50"), "number", digits=2),
                Metric("Agreed", Share.percent(12), "share"),
                Metric("Other", 0.25, "number"),
                CAPTION,
                Chart(title="Leads", table=CAPTION, alt="three", spec={"mark": "bar"}),
                Note("Take care", "warning"),
            ],
        ),
        Section("Empty", level=3),
    ],
)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Funnel.default(), Funnel),
        (Funnel.classic_pipeline(), Funnel),
        (SourceRules.default(), SourceRules),
        (MADRID, BusinessCalendar),
        (Dated(((date.min, MADRID), (date(2026, 7, 1), MADRID))), Dated[BusinessCalendar]),
        (Period.parse("2026-Q3", "America/Sao_Paulo"), Period),
        (Period.parse("2026-01-05/2026-01-09"), Period),
        (REPORT, Report),
        ((Share.of("0.29"), Share.of(1)), tuple[Share, ...]),
        (frozenset({"b", "a"}), frozenset[str]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_terms_and_documents_come_back_equal(value: object, kind: type) -> None:
    """Through JSON text, twice with the same bytes."""
    plain = to_plain(value)
    assert is_plain(plain)
    back = from_plain(json.loads(json.dumps(plain)), kind)
    assert back == value
    assert json.dumps(to_plain(back)) == json.dumps(plain)


def test_every_kind_of_fact_has_a_written_name() -> None:
    """Renaming a class must not orphan what was written: the names stand here."""
    assert tuple(FACT_TAGS.values()) == KINDS
    assert " ".join(FACT_TAGS) == (
        "lead account campaign deal stage_entered touch reply contact_attempt routed assigned sales_feedback "
        "flipped waived deal_closed deal_reopened judgement spend asset_metric order_placed order_returned "
        "customer_health time_spent consent_given consent_withdrawn profiles_linked profiles_unlinked "
        "retracted"
    )


def test_when_a_fact_was_loaded_is_never_written() -> None:
    """It is outside identity, equality and every output."""
    touch = Touch(origin=Origin(), occurred_at=NOON, lead_id="L", kind="visit", loaded_at=NOON)
    assert "loaded_at" not in str(to_plain(touch))
    assert "loaded_at" in problems(
        {**typing.cast("dict[str, object]", to_plain(touch)), "loaded_at": "x"}, Fact
    )


def test_what_has_its_default_value_is_left_out() -> None:
    """A lead with one field is one line, not thirty."""
    lead = Lead(origin=Origin(system="crm"), occurred_at=NOON, lead_id="L")
    plain = {
        "fact": "lead",
        "origin": {"system": "crm"},
        "occurred_at": "2026-01-03T12:00:00Z",
        "lead_id": "L",
    }
    assert to_plain(lead) == plain


# Refusals

NOON = datetime(2026, 1, 3, 12, tzinfo=UTC)
REPLY = {"fact": "reply", "origin": {}, "occurred_at": "2026-01-03T12:00:00Z", "lead_id": "L-1"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("false", bool),
        (1, bool),
        (7.9, int),
        (True, int),
        ("7", int),
        (7, str),
        (None, str),
        (True, float),
        (float("nan"), float),
        ("sales", tuple[str, ...]),
        ({"a": 1}, tuple[int, ...]),
        ([1], dict[str, int]),
        ("2026-01-03T12:00:00", datetime),
        ("2026-01-03", datetime),
        (datetime(2026, 1, 3), datetime),  # noqa: DTZ001
        (datetime(2026, 1, 3, tzinfo=UTC), date),
        ("2026-1-3", date),
        ("20260103", date),
        ("2026-02-30", date),
        (0.29, Share),
        (1, Share),
        ("0.0000001", Share),
        ("29%%", Share),
        (0.5, Points),
        ("12.345 EUR", Money),
        ("12,5 EUR", Money),
        ("12.5", Money),
        (12, Money),
        (Decimal("1e999999"), Share),
        (48, timedelta),
        ("2 fortnights", timedelta),
        ({"a": [1]}, Traits),
        ({"a": float("inf")}, Traits),
        ([], Origin),
        ("crm", Origin),
    ],
    ids=str,
)
def test_nothing_is_coerced(data: object, kind: type) -> None:
    """What is not exactly of the type is refused, however near it looks."""
    assert problems(data, kind)


@pytest.mark.parametrize(
    ("text", "share"),
    [("29 %", 290_000), ("29%", 290_000), ("0.29", 290_000), ("12.5 %", 125_000), ("1", 10**6)],
)
def test_shares_are_read_as_people_write_them(text: str, share: int) -> None:
    """As a percentage or as a part of one, exactly."""
    assert from_plain(text, Share) == Share(share)


def test_every_fault_is_found_at_once_with_its_path() -> None:
    """In nested tables and lists, each with a suggestion where a known word is near."""
    order = {
        "fact": "order_placed",
        "origin": {"sistem": "shop", "row": "3"},
        "occurred_at": "2026-01-03T12:00:00",
        "order_id": 7,
        "lines": [{"product": "shoe"}, {"quantity_count": 2.5, "prodct": "sock"}, "boot"],
        "currancy": "EUR",
    }
    found = problems(order, Fact)
    assert set(found) == {
        "origin.sistem",
        "origin.row",
        "occurred_at",
        "order_id",
        "lines[1].product",
        "lines[1].prodct",
        "lines[1].quantity_count",
        "lines[2]",
        "currancy",
    }
    assert "did you mean 'system'?" in found["origin.sistem"].message
    assert "did you mean 'product'?" in found["lines[1].prodct"].message
    assert "did you mean 'currency'?" in found["currancy"].message
    assert found["lines[1].product"].code == "missing-key"
    assert found["occurred_at"].code == "naive-instant"


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"fact": "replay"}, "fact", "unknown-word"),
        ({"fact": None}, "fact", "unknown-word"),
        ({"by_us": "false"}, "by_us", "wrong-type"),
        ({"precision": "Day"}, "precision", "unknown-word"),
        ({"lead_id": ""}, None, "invalid-value"),
    ],
)
def test_a_faulty_fact_is_refused(change: dict[str, object], path: str | None, code: str) -> None:
    """With the place and a stable code."""
    assert from_plain(REPLY, Fact) == from_plain(REPLY, Reply)
    assert problems(REPLY | change, Fact)[path].code == code


def test_a_fact_of_another_kind_is_refused() -> None:
    """Asked for touches, a reply is not taken for one."""
    assert "did you mean" not in problems(REPLY, Touch)["fact"].message
    assert problems({}, Touch)["fact"].code == "missing-key"


def test_terms_that_check_themselves_report_where_they_stand() -> None:
    """The path of a fault inside a funnel is that of the data, not that of the funnel's own words."""
    stages = [{"name": "Lead", "owners": ["marketing"]}, {"name": "won", "owners": []}]
    found = problems([{"name": "x", "stages": stages}], tuple[Funnel, ...])
    assert set(found) == {"[0].stages[0].name", "[0].stages[1].owners"}


def test_only_the_first_version_may_leave_out_its_day() -> None:
    """Of dated terms, both the day and the terms are checked, in one go."""
    good, bad = (
        {"zone": "UTC", "windows": {"daily": ["9:00-17:00"]}},
        {"zone": "UTC", "windows": {"daily": "never"}},
    )
    assert from_plain(good, Dated[BusinessCalendar]).on(date(1999, 1, 1)).zone == "UTC"
    assert {"[1].from", "[1].windows.daily"} <= {
        path.removesuffix("[0]") for path in problems([good, bad], Dated[BusinessCalendar]) if path
    }


def test_holidays_that_fill_themselves_cannot_be_written() -> None:
    """Only days that are listed can be listed."""
    endless = attrs.evolve(MADRID, holidays=type("Never", (), {"__contains__": lambda _, __: False})())
    with pytest.raises(TypeError, match="give the calendar the days themselves"):
        to_plain(endless)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "invalid-json"),
        ('{"fact": "reply", "fact": "touch"}', "invalid-json"),
        ('{"fact": "reply", "origin": {}, "occurred_at": NaN}', "invalid-json"),
        ('{"fact": "reply"}', "missing-key"),
        ("[]", "wrong-type"),
    ],
)
def test_a_line_that_is_no_fact_is_named(line: str, code: str) -> None:
    """With the file and the number of the line."""
    lines = [json.dumps(REPLY), "", line]
    with pytest.raises(UnreadableFileError) as caught:
        list(load_facts(lines, file="facts.jsonl"))
    problem = caught.value.problems[0]
    assert (problem.code, problem.origin.file, problem.origin.row) == (code, "facts.jsonl", 3)


def test_an_unknown_cell_is_refused() -> None:
    """A cell of a report says its type by a known word, or is plain."""
    section = {
        "title": "S",
        "blocks": [{"block": "metric", "label": "x", "value": {"monney": "5 EUR"}}, {"block": "grid"}],
    }
    found = problems({"title": "R", "sections": [section]}, Report)
    assert "did you mean 'money'?" in found["sections[0].blocks[0].value"].message
    assert found["sections[0].blocks[1].block"].code == "unknown-word"
