"""What people read, in their language: labels, numbers, money, dates.

The language is always said (`words("es")`), never taken from the process. A label's key is its English text;
the company's own word wins over the catalog, and the catalog over the English text.

To add or change a label:

1. Write it in the code as a plain string: `words("Open deals")` where a `Words` is at hand (name it `words`),
   `words.plural("{count} lead", "{count} leads", count)` for a counted one, and `N_("Open deals")` where the
   text is kept as data and translated later.
2. Run `python scripts/catalogs.py`. It collects every such text from the code, adds the new ones to
   `locale/es/LC_MESSAGES/smarketing.po`, and lists what has no translation yet.
3. Write the translation in that file and run the script again: it compiles the `.mo` file that is read here.

A test fails while a label has no translation or the compiled catalog is older than its source. A further
language is a further folder under `locale/`.
"""

from __future__ import annotations

import datetime as dt
import gettext
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import attrs

from smarketing.errors import UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["N_", "Amount", "Customs", "Number", "Words", "languages", "words"]

Number = int | float | Decimal | Fraction
"""What can be shown as a number. Floats are read as they print: 2.675 is 2.675."""

MISSING = "–"


def _kept(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(given))


class Amount(Protocol):
    """An amount of money: `smarketing.Money`, or anything that says the same two things."""

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with as many digits as the currency has."""
        ...

    @property
    def currency(self) -> str:
        """The ISO 4217 code."""
        ...


@attrs.frozen(kw_only=True, repr=False)
class Customs:
    """How a language writes numbers, money and dates; read from `locale/<language>/customs.toml`."""

    decimal: str
    group: str
    percent: str
    money: str
    money_code: str
    day: str
    month: str
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    symbols: Mapping[str, str] = attrs.field(converter=_kept)


def N_(text: str) -> str:  # noqa: N802 -- the name that gettext tools know
    """Mark a label that is kept as data and translated where it is shown; the text comes back unchanged."""
    return text


def languages() -> tuple[str, ...]:
    """The languages that labels exist in.

    Example:
        >>> languages()
        ('en', 'es')
    """
    return tuple(sorted(folder.name for folder in _locale().iterdir() if (folder / "customs.toml").is_file()))


def words(language: str = "en", own: Mapping[str, str] | None = None) -> Words:
    r"""The words of a language, with the company's own where it has them.

    Args:
        language: One of `languages()`.
        own: The company's words, by the English label that they replace.

    Raises:
        UnknownNameError: There is no catalog for the language.

    Example:
        >>> es = words("es", own={"Lead": "Contacto"})
        >>> es("Lead"), es("Customer"), es("Acme Ltd")
        ('Contacto', 'Cliente', 'Acme Ltd')
        >>> es.share(0.1234), es.number(1234567.5, digits=1), es.month(dt.date(2026, 1, 1))
        ('12,3\xa0%', '1.234.567,5', 'enero de 2026')
    """
    known = languages()
    if language not in known:
        hint = did_you_mean(language[:2], known) or f"; known: {', '.join(known)}"
        raise UnknownNameError(f"there are no labels in the language {language!r}{hint}")
    folder = _locale() / language
    customs = Customs(**tomllib.loads((folder / "customs.toml").read_text("utf-8")))
    compiled = folder / "LC_MESSAGES" / "smarketing.mo"
    catalog = gettext.NullTranslations()
    if compiled.is_file():
        with compiled.open("rb") as stream:
            catalog = gettext.GNUTranslations(stream)
    return Words(language=language, own=own or {}, customs=customs, catalog=catalog)


@attrs.frozen(kw_only=True)
class Words:
    """Labels and formats of one language. Make it with `words(language)`; call it to translate a label.

    What is missing (`None`, or a float that is not finite) is shown as `–`, never as zero.

    Attributes:
        language: "en" or "es", as in HTML's `lang`.
        own: The company's own words, by English label.
        customs: How the language writes numbers and dates.
    """

    language: str
    own: Mapping[str, str] = attrs.field(converter=_kept)
    customs: Customs = attrs.field(repr=False)
    _catalog: gettext.NullTranslations = attrs.field(repr=False, eq=False, alias="catalog")

    def __call__(self, label: str, /, **values: str) -> str:
        """The label in the company's words or in this language, with `{name}` filled in from the values.

        Example:
            >>> words("es")("Known before {moment}", moment="3 ene 2026")
            'Conocido antes del 3 ene 2026'
        """
        if not label:
            return ""  # gettext answers the empty key with the catalog's header
        return _filled(self.own.get(label) or self._catalog.gettext(label), values)

    def plural(self, one: str, many: str, count: int, /, **values: str) -> str:
        """The label that fits the count, with `{count}` filled in.

        Example:
            >>> [words("es").plural("fired {count} time", "fired {count} times", n) for n in (1, 2000)]
            ['se aplicó 1 vez', 'se aplicó 2.000 veces']
        """
        form = one if count == 1 else many
        text = self.own.get(form) or self._catalog.ngettext(one, many, count)
        return _filled(text, {"count": self.number(count), **values})

    @property
    def missing(self) -> str:
        """The mark for what is not known; `words("no data")` says the same in words."""
        return MISSING

    def number(self, value: Number | None, digits: int | None = None) -> str:
        """A number, rounded half-up to that many digits; without `digits`, with those it has.

        Example:
            >>> words("en").number(1234.5), words("en").number(2.675, digits=2), words("en").number(None)
            ('1,234.5', '2.68', '–')
        """
        if value is None or _unknown(value):
            return MISSING
        return "".join(self._signed(value, digits))

    def share(self, value: Number | None, digits: int = 1) -> str:
        r"""A share of one as a percentage: 0.1234 is 12.3%.

        Example:
            >>> words("en").share(0.1234), words("es").share(Fraction(1, 3), digits=0)
            ('12.3%', '33\xa0%')
        """
        if value is None or _unknown(value):
            return MISSING
        return self.customs.percent.format(number=self.number(_exact(value) * 100, digits))

    def money(self, money: Amount | None, digits: int | None = None) -> str:
        r"""Money, with the digits of its currency unless told otherwise.

        Example:
            >>> from smarketing.values import Money
            >>> words("en").money(Money(-123456, "EUR")), words("es").money(Money(123456, "EUR"))
            ('-€1,234.56', '1.234,56\xa0€')
            >>> words("en").money(Money(1234, "JPY")), words("en").money(Money(123456, "CHF"), digits=0)
            ('¥1,234', 'CHF\xa01,235')
        """
        if money is None:
            return MISSING
        symbol = self.customs.symbols.get(money.currency)
        sign, plain = self._signed(money.amount, digits)
        form = self.customs.money if symbol else self.customs.money_code
        return form.format(sign=sign, currency=symbol or money.currency, number=plain)

    def date(self, day: dt.date | None, *, short: bool = False) -> str:
        """A calendar day; the short form fits tables.

        Example:
            >>> words("es").date(dt.date(2026, 1, 3)), words("es").date(dt.date(2026, 1, 3), short=True)
            ('3 de enero de 2026', '3 ene 2026')
        """
        if day is None:
            return MISSING
        if short:
            return f"{day.day} {self.customs.short_months[day.month - 1]} {day.year}"
        return self.customs.day.format(day=day.day, month=self.customs.months[day.month - 1], year=day.year)

    def month(self, day: dt.date | None, *, short: bool = False) -> str:
        """The month that a day lies in.

        Example:
            >>> words("en").month(dt.date(2026, 1, 31)), words("en").month(dt.date(2026, 1, 31), short=True)
            ('January 2026', 'Jan 2026')
        """
        if day is None:
            return MISSING
        if short:
            return f"{self.customs.short_months[day.month - 1]} {day.year}"
        return self.customs.month.format(month=self.customs.months[day.month - 1], year=day.year)

    def instant(self, at: dt.datetime | None) -> str:
        """An instant, to the minute, in the zone that it carries.

        Raises:
            ValueError: The instant has no time zone, so that nobody could say when it was.

        Example:
            >>> words("en").instant(dt.datetime(2026, 1, 3, 14, 5, tzinfo=dt.timezone.utc))
            '3 Jan 2026 14:05 UTC'
        """
        if at is None:
            return MISSING
        if at.tzinfo is None:
            raise ValueError(f"{at.isoformat()} has no time zone; attach one with .replace(tzinfo=…)")
        return f"{self.date(at, short=True)} {at:%H:%M} {at.tzname()}"

    def duration(self, length: dt.timedelta | None) -> str:
        """A length of time in its two largest units, the smaller one rounded half-up.

        Example:
            >>> [words("en").duration(dt.timedelta(seconds=s)) for s in (45, 3600, 273_600, 3599.6)]
            ['45 s', '1 h', '3 d 4 h', '1 h']
        """
        if length is None:
            return MISSING
        sign, seconds = ("-" if length < dt.timedelta(0) else ""), _exact_seconds(abs(length))
        for large, small, large_unit, small_unit in _UNITS:
            count = _half_up(seconds / small)
            if count * small >= large:
                whole, rest = divmod(count, large // small)
                tail = f" {rest} {self(small_unit)}" if rest else ""
                return f"{sign}{self.number(whole)} {self(large_unit)}{tail}"
        shown = _half_up(seconds)
        return f"{sign if shown else ''}{shown} {self(N_('s'))}"

    def _signed(self, value: Number, digits: int | None) -> tuple[str, str]:
        exact = _exact(value)
        places = _places(value) if digits is None else digits
        units = _half_up(abs(exact) * 10**places)
        whole, rest = divmod(units, 10**places)
        plain = f"{whole:,}".replace(",", self.customs.group)
        if places:
            plain += f"{self.customs.decimal}{rest:0{places}}"
        return ("-" if exact < 0 and units else ""), plain


_UNITS = (
    (86_400, 3_600, N_("d"), N_("h")),
    (3_600, 60, N_("h"), N_("min")),
    (60, 1, N_("min"), N_("s")),
)


def _unknown(value: Number) -> bool:
    return isinstance(value, float) and not isfinite(value)


def _exact(value: Number) -> Fraction:
    return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)


def _places(value: Number) -> int:
    """How many decimal digits a number prints with."""
    if isinstance(value, int):
        return 0
    if isinstance(value, Fraction):
        return 0 if value.denominator == 1 else 2
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value))).normalize()
    return max(0, -int(exact.as_tuple().exponent))


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _exact_seconds(length: dt.timedelta) -> Fraction:
    return Fraction(length // dt.timedelta(microseconds=1), 1_000_000)


def _filled(text: str, values: Mapping[str, str]) -> str:
    if not values:
        return text
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)


def _locale() -> Traversable:
    return files("smarketing") / "locale"
