"""Folding, patterns, and text that is safe to show."""

from __future__ import annotations

import time
import unicodedata
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.text import fold, matches_glob, printable


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """A folded text can be folded again, or stored and compared, without harm."""
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_and_composition_do_not_matter(text: str) -> None:
    """However a text is composed, and in whatever case, it folds to the same thing."""
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    assert fold(text.casefold()) == fold(text)


@given(st.text("ab*?\n", max_size=8), st.text("ab\n[.", max_size=10))
def test_a_pattern_matches_the_whole_text(pattern: str, text: str) -> None:
    """Star and question mark mean what they mean in file names; line breaks are characters like any other."""
    assert matches_glob(pattern)(text) == fnmatchcase(text, pattern)


@pytest.mark.parametrize("text", ["a[b]c.d+", "(x)|y", "$^\\"])
def test_only_star_and_question_mark_are_special(text: str) -> None:
    """Every other character of a pattern stands for itself."""
    assert matches_glob(text)(text.upper())
    assert not matches_glob(text)(text + "x")


def test_a_hostile_pattern_stays_quick() -> None:
    """Twenty stars against a long cell take no longer than one."""
    started = time.process_time()
    assert not matches_glob("*a" * 20 + "b")("a" * 20_000)
    assert time.process_time() - started < 1


@given(st.text())
def test_printable_text_commands_nothing(text: str) -> None:
    """What is shown holds no control character, no direction override, and can be written as UTF-8."""
    shown = printable(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in shown)
    assert not any(char in shown for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode()


def test_ordinary_text_is_shown_as_it_is() -> None:
    """Accents, emoji with joiners and non-Latin names are left alone."""
    for text in ("Peña & Söhne", "👩‍💻 團隊", "نمونه‌ها"):
        assert printable(text) == text
