"""Labels, numbers, money and dates in English and Spanish; and the catalogs behind them."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import UnknownNameError
from smarketing.language import languages, words
from smarketing.values import Money

ROOT = Path(__file__).parents[1]
EN, ES = words("en"), words("es")


@pytest.fixture(scope="module")
def catalogs() -> ModuleType:
    """The script that collects labels and compiles catalogs."""
    if not (ROOT / "src").is_dir():
        pytest.skip("there is no source to collect labels from: an installed wheel is being tested")
    spec = importlib.util.spec_from_file_location("catalogs", ROOT / "scripts" / "catalogs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_label_has_a_spanish_translation(catalogs: ModuleType) -> None:
    """Whoever adds a label adds its translation: `python scripts/catalogs.py` says which are missing."""
    entries = catalogs.read_po(catalogs.LOCALE / "es" / "LC_MESSAGES" / "smarketing.po")
    assert catalogs.untranslated(entries, catalogs.labels()) == []


def test_the_compiled_catalog_is_up_to_date(catalogs: ModuleType) -> None:
    """The file that is read at run time is exactly the compiled form of the file that people edit."""
    for source in catalogs.LOCALE.glob("*/LC_MESSAGES/smarketing.po"):
        assert source.with_suffix(".mo").read_bytes() == catalogs.compiled(
            catalogs.read_po(source), source.parts[-3]
        )


def test_writing_a_catalog_loses_nothing(catalogs: ModuleType, tmp_path: Path) -> None:
    """Reading what was written gives the same entries, whatever characters they hold."""
    file = tmp_path / "es" / "LC_MESSAGES" / "smarketing.po"
    file.parent.mkdir(parents=True)
    entries = {('say "x"\n\\', "many\t"): ("dice «x»\n\\", ""), ("Lead",): ("Candidato",)}
    catalogs.write_po(file, entries)
    assert catalogs.read_po(file) == entries


def test_placeholders_survive_translation(catalogs: ModuleType) -> None:
    """A translation fills in the same values as the English text."""
    entries = catalogs.read_po(catalogs.LOCALE / "es" / "LC_MESSAGES" / "smarketing.po")
    for key, texts in entries.items():
        for english, spanish in zip(key, texts, strict=True):
            if spanish:
                assert sorted(re.findall(r"\{\w+\}", spanish)) == sorted(re.findall(r"\{\w+\}", english)), key


def test_an_f_string_label_is_refused(catalogs: ModuleType, tmp_path: Path) -> None:
    """A label that differs from call to call can never be translated."""
    (tmp_path / "page.py").write_text('words(f"{n} leads")\n')
    with pytest.raises(SystemExit, match=r"page\.py:1: a label cannot be an f-string"):
        catalogs.labels(tmp_path)


def test_own_words_win_over_the_catalog_and_the_catalog_over_english() -> None:
    """The company's word, else the translation, else the text itself."""
    own = words("es", own={"Lead": "Contacto", "{count} leads": "{count} contactos"})
    assert (own("Lead"), own("Customer"), own("Acme Ltd"), own("")) == ("Contacto", "Cliente", "Acme Ltd", "")
    assert own.plural("{count} lead", "{count} leads", 2) == "2 contactos"
    assert EN("Lead") == "Lead"


def test_the_fields_words_exist_in_spanish() -> None:
    """The six stages and the three sources, as the trade says them."""
    stages = ["Prospect", "Lead", "MQL", "SQL", "Opportunity", "Customer"]
    assert [ES(stage) for stage in stages] == [
        "Prospecto", "Candidato", "MQL", "SQL", "Oportunidad", "Cliente",
    ]  # fmt: skip
    assert [ES(source) for source in ("Seeker", "Search", "Referral")] == [
        "Solicitante", "Búsqueda", "Sugerencia",
    ]  # fmt: skip


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    """Values are filled in once: a customer named {day} is not another value's place."""
    assert EN("Known before {day}", day="{day}") == "Known before {day}"
    assert EN("{a} {b} {c}", a="{b}", b="2") == "{b} 2 {c}"


def test_an_unknown_language_is_refused_by_name() -> None:
    """No process locale and no silent English: the error names what there is."""
    assert languages() == ("en", "es")
    with pytest.raises(UnknownNameError, match=r"'es-MX' \(did you mean 'es'\?\)"):
        words("es-MX")
    with pytest.raises(UnknownNameError, match="known: en, es"):
        words("../../etc")


def test_the_process_language_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the language that is asked for counts."""
    for name in ("LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.setenv(name, "es_ES.UTF-8")
    assert words("en")("Customer") == "Customer"


def test_spanish_formats() -> None:
    """Comma for decimals, dot for thousands, and a space that breaks no line before the unit."""
    assert ES.money(Money(123456, "EUR")) == "1.234,56\N{NO-BREAK SPACE}€"
    assert ES.money(Money(-5, "USD")) == "-0,05\N{NO-BREAK SPACE}USD"
    assert ES.share(0.123) == "12,3\N{NO-BREAK SPACE}%"
    assert ES.month(dt.date(2026, 1, 5)) == "enero de 2026"
    assert ES.date(dt.date(2026, 1, 5)) == "5 de enero de 2026"


def test_english_formats() -> None:
    """The same values, as English writes them."""
    assert EN.money(Money(123456, "EUR")) == "€1,234.56"
    assert EN.money(Money(-123456, "CHF")) == "-CHF\N{NO-BREAK SPACE}1,234.56"
    assert EN.share(0.123) == "12.3%"
    assert EN.month(dt.date(2026, 1, 5)) == "January 2026"


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1234567, "JPY", "¥1,234,567"),
        (1234567, "KWD", "KWD\xa01,234.567"),
        (0, "USD", "$0.00"),
        (7, "USD", "$0.07"),
    ],
)
def test_money_has_the_digits_of_its_currency(minor: int, currency: str, shown: str) -> None:
    """A yen has no cents and a dinar has a thousand."""
    assert EN.money(Money(minor, currency)) == shown


@given(st.integers(-(10**25), 10**25))
def test_money_is_shown_to_the_cent_whatever_its_size(minor: int) -> None:
    """No float lies between the integer and its digits."""
    shown = EN.money(Money(minor, "EUR"))
    assert int(shown.replace("€", "").replace(",", "").replace(".", "")) == minor


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (2.675, 2, "2.68"),
        (Decimal("0.005"), 2, "0.01"),
        (-0.4, 0, "0"),
        (-0.5, 0, "-1"),
        (Fraction(2, 3), 3, "0.667"),
        (1234.5, None, "1,234.5"),
        (1e21, None, "1,000,000,000,000,000,000,000"),
        (Decimal("1E+3"), None, "1,000"),
        (1000.0, None, "1,000"),
    ],
)
def test_numbers_round_half_up_as_they_are_read(value: float, digits: int | None, shown: str) -> None:
    """2.675 is rounded as the digits say, and nothing is shown as minus zero."""
    assert EN.number(value, digits) == shown


def test_what_is_missing_is_never_shown_as_zero() -> None:
    """Every format shows None as a dash, and so it shows a float that is not a number."""
    assert {
        EN.number(None), EN.number(float("nan")), EN.number(float("inf")), EN.share(None),
        EN.share(float("nan")), EN.money(None), EN.date(None), EN.month(None), EN.instant(None),
        EN.duration(None),
    } == {EN.missing}  # fmt: skip


def test_an_instant_is_shown_in_the_zone_that_it_carries() -> None:
    """The reader is told which clock it is; a naive one is refused."""
    at = dt.datetime(2026, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    assert ES.instant(at) == "1 jul 2026 09:30 CEST"
    with pytest.raises(ValueError, match="has no time zone"):
        EN.instant(at.replace(tzinfo=None))


@given(st.integers(0, 10**9))
def test_a_duration_is_off_by_half_its_smaller_unit_at_most(seconds: int) -> None:
    """Two units are shown, carried over correctly: never 60 minutes, never 24 hours."""
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    parts = EN.duration(dt.timedelta(seconds=seconds)).replace(",", "").split()
    pairs = [(int(count), unit) for count, unit in zip(parts[::2], parts[1::2], strict=True)]
    assert abs(sum(count * sizes[unit] for count, unit in pairs) - seconds) <= 1_800
    assert all(count * sizes[unit] < sizes[pairs[0][1]] for count, unit in pairs[1:])


def test_a_negative_duration_keeps_its_sign() -> None:
    """A deadline missed by two hours is not one met by two."""
    assert EN.duration(dt.timedelta(hours=-2, minutes=-5)) == "-2 h 5 min"
