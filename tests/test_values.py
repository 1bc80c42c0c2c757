"""Money, shares and points are exact, whatever the order and whatever the size."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import SmarketingError, UnlikeCurrenciesError
from smarketing.testing import strategies as draw
from smarketing.values import Money, Points, Share, Traits, minor_digits

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


def test_unlike_currencies_never_add_subtract_or_compare() -> None:
    """Without a dated rate there is no number for it; the error is catchable as the library's own."""
    euros, dollars = Money.of(1, "EUR"), Money.of(1, "USD")
    for together in (lambda: euros + dollars, lambda: euros - dollars, lambda: euros < dollars):
        with pytest.raises(UnlikeCurrenciesError, match="EUR and USD"):
            together()
    assert issubclass(UnlikeCurrenciesError, SmarketingError)
    assert euros != dollars


@given(draw.money("EUR"), draw.money("EUR"), draw.money("EUR"))
def test_money_adds_exactly_in_any_order(a: Money, b: Money, c: Money) -> None:
    """Integers underneath: no sum depends on who was added first, and what was added comes off again."""
    assert a + b + c == c + b + a == b + (a + c)
    assert a + b - b == a
    assert a + -a == Money(0, "EUR")


@given(draw.money())
def test_money_reads_back_from_its_amount(money: Money) -> None:
    """Major units and minor units are the same amount, with none, two or three digits."""
    assert Money.of(money.amount, money.currency) == money
    assert Money.of(str(money.amount), money.currency) == money


@pytest.mark.parametrize(
    ("currency", "minor"), [("EUR", 1235), ("JPY", 12), ("KWD", 12345)], ids=["two digits", "none", "three"]
)
def test_an_amount_rounds_half_up_to_the_currency_s_own_digits(currency: str, minor: int) -> None:
    """12.345 is exactly between two cents, and goes up."""
    assert Money.of("12.345", currency).minor == minor
    assert Money.of("-12.345", "EUR").minor == -1235


def test_weighted_values_round_per_deal_and_then_add() -> None:
    """Two deals of 1,234.50 at 25 % are 617.26, not 617.25: each is worth 308.63."""
    deal, chance = Money.of("1234.50", "EUR"), Share.percent(25)
    assert chance * deal + chance * deal == Money.of("617.26", "EUR")


def test_a_share_of_a_small_amount_is_not_lost_to_a_float() -> None:
    """50 × 0.29 is 14.5 and rounds to 15; a float says 14.499999999999998 and gives 14."""
    assert Share.of("0.29").of_minor(50) == 15
    assert round(50 * 0.29) == 14  # what is avoided here


@given(draw.shares(), st.integers(-(10**15), 10**15))
def test_a_share_of_an_amount_is_what_decimal_arithmetic_says(share: Share, minor: int) -> None:
    """Integer arithmetic, compared with exact decimals rounded half away from zero."""
    exact = Decimal(minor) * share.ppm / 1_000_000
    assert share.of_minor(minor) == int(exact.to_integral_value(ROUND_HALF_UP))
    assert share.of_minor(-minor) == -share.of_minor(minor)


@given(st.integers(0, 1_000_000), st.integers(0, 10**12))
def test_a_share_and_its_rest_differ_from_the_whole_by_a_unit_at_most(ppm: int, minor: int) -> None:
    """Both halves may round up; who splits an amount among many uses the largest remainder instead."""
    assert Share(ppm).of_minor(minor) + Share(1_000_000 - ppm).of_minor(minor) - minor in {0, 1}


@given(st.permutations([Points.of(text) for text in ("0.1", "0.2", "0.3", "-7.25", "1000000", "0.000001")]))
def test_points_add_to_the_same_score_in_any_order(points: list[Points]) -> None:
    """Floats do not: 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 differ."""
    total = Points(0)
    for each in points:
        total += each
    assert total == Points.of("999993.350001")


@pytest.mark.parametrize(
    "make", [Money.of, lambda amount, _: Share.of(amount), lambda amount, _: Points.of(amount)]
)
def test_a_float_is_refused_because_it_has_lost_digits_already(make: object) -> None:
    """The error says what to pass instead."""
    with pytest.raises(TypeError, match="pass text or a Decimal"):
        make(0.29, "EUR")  # type: ignore[operator]


@pytest.mark.parametrize("number", [1.0, True, "1", Decimal(1)])
def test_the_integers_underneath_are_integers_and_nothing_like_them(number: object) -> None:
    """True is no amount, and 1.0 no number of cents."""
    for kind in (lambda n: Money(n, "EUR"), Share, Points):
        with pytest.raises(TypeError, match="whole number"):
            kind(number)  # type: ignore[arg-type, operator]


@pytest.mark.parametrize("text", ["", "abc", "1,5", "NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused_with_its_text(text: str) -> None:
    """Words, decimal commas, NaN and infinities have no amount."""
    with pytest.raises(ValueError, match="is not a number"):
        Money.of(text, "EUR")


@given(CURRENCIES)
def test_a_money_shows_as_many_digits_as_its_currency_has(currency: str) -> None:
    """0 digits for yen, 2 for euros, 3 for dinars."""
    shown = str(Money(123456, currency))
    digits = minor_digits(currency)
    assert shown == f"{'123456' if not digits else f'{123456 / 10**digits:.{digits}f}'} {currency}"


@given(draw.traits())
def test_traits_are_equal_and_hash_equal_in_any_order(traits: Traits) -> None:
    """They are part of facts, which are hashed."""
    turned = Traits(dict(reversed(list(traits.items()))))
    assert turned == traits
    assert hash(turned) == hash(traits)
    assert list(turned) == sorted(turned)


def test_traits_do_not_change() -> None:
    """Neither by assignment, nor when the mapping changes that they were made of."""
    given_values = {"segment": "pet"}
    traits = Traits(given_values)
    given_values["segment"] = "food"
    assert traits["segment"] == "pet"
    with pytest.raises(TypeError):
        traits["segment"] = "food"  # type: ignore[index]
    with pytest.raises(AttributeError):
        traits.extra = 1  # type: ignore[attr-defined]
