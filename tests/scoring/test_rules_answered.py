"""What sales answered, rule by rule: "fired 40 times, 31 not wanted: no budget"."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from smarketing.facts import Deal, Fact, SalesFeedback, Touch
from smarketing.frames import Frames
from smarketing.language import words
from smarketing.origin import Origin
from smarketing.periods import Dated, Period
from smarketing.renderers import render
from smarketing.scoring import Rule, RulesAnswered, ScoringMatrix, Touched, rules_answered
from smarketing.testing import assert_backends_agree, assert_no_look_ahead, assert_order_independent

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MATRIX = ScoringMatrix(
    name="intent",
    rules=[
        Rule("downloads", when=Touched("download"), points=10),
        Rule("asks for a demo", when=Touched("demo"), points=20),
        Rule("unsubscribes", when=Touched("unsubscribed"), points=-5),
    ],
)


def touch(lead: str, kind: str, days_ago: float = 20) -> Touch:
    """One touch."""
    at = AS_OF - days_ago * DAY
    return Touch(origin=Origin(record=f"{lead}/{kind}"), occurred_at=at, lead_id=lead, kind=kind)


def answer(
    lead: str | None, verdict: str, reason: str | None = None, days_ago: float = 10, **more: str
) -> Fact:
    """What sales said."""
    at = AS_OF - days_ago * DAY
    record = f"{lead}/{verdict}/{days_ago}"
    return SalesFeedback(
        origin=Origin(record=record), occurred_at=at, lead_id=lead, verdict=verdict, reason=reason, **more
    )


def forty() -> list[Fact]:
    """Forty leads who downloaded, of whom 31 were not wanted; ten who asked for a demo, all taken."""
    facts: list[Fact] = []
    for number in range(40):
        lead = f"D{number}"
        reason = "no budget" if number < 25 else "student" if number < 30 else None
        facts += [touch(lead, "download")]
        facts += [answer(lead, "rejected", reason) if number < 31 else answer(lead, "accepted")]
    for number in range(10):
        facts += [touch(f"M{number}", "demo"), answer(f"M{number}", "converted")]
    return facts


def answered(facts: list[Fact], backend: str = "polars") -> RulesAnswered:
    """The answers as of the moment of the tests."""
    return rules_answered(Frames.from_dataset(facts, backend=backend), MATRIX, as_of=AS_OF)


def test_a_rule_says_how_often_it_misled_and_why(backend: str) -> None:
    """On every engine: fired, taken, and the reasons of the others; and how the rest fared."""
    found = answered(forty(), backend)
    downloads, demos, gone = found.rules
    assert (
        downloads.sentence()
        == "fired 40 times, 31 not wanted: no budget (25), student (5), no reason given (1)"
    )
    assert (downloads.fired.successes, downloads.fired.trials) == (9, 40)
    assert (downloads.otherwise.successes, downloads.otherwise.trials) == (10, 10)
    assert (demos.fired.share, demos.unwanted_count) == (1.0, 0)
    assert (gone.fired.trials, gone.fired.share, gone.otherwise.trials) == (0, None, 50)
    assert (found.all_leads.successes, found.all_leads.trials) == (19, 50)
    assert found.rule("downloads") is downloads


def test_what_happens_after_the_answer_is_no_reason_for_it() -> None:
    """A rule that fired later did not bring the lead to sales."""
    found = answered([touch("L1", "download"), touch("L1", "demo", days_ago=5), answer("L1", "accepted")])
    assert [rule.fired_count for rule in found.rules] == [1, 0, 0]


def test_the_first_answer_to_marketing_counts_once() -> None:
    """Not what was lost later, and not what was reported to whoever referred the lead."""
    found = answered(
        [
            touch("L1", "download"),
            answer("L1", "rejected", "never", days_ago=15, addressee="referrer"),
            answer("L1", "accepted", days_ago=10),
            answer("L1", "lost", "price", days_ago=2),
        ]
    )
    assert (found.all_leads.successes, found.all_leads.trials) == (1, 1)


def test_an_answer_about_a_deal_is_one_about_its_lead() -> None:
    """CRMs that give reasons on deals alone are read too."""
    deal = Deal(origin=Origin(), occurred_at=AS_OF - 15 * DAY, deal_id="D-1", lead_id="L1")
    found = answered([touch("L1", "download"), deal, answer(None, "rejected", "no budget", deal_id="D-1")])
    assert found.rule("downloads").sentence() == "fired 1 time, 1 not wanted: no budget (1)"


def test_only_the_answers_of_a_period_are_asked_for() -> None:
    """Half-open, as all periods are."""
    frames = Frames.from_dataset([touch("L1", "download"), answer("L1", "accepted")])
    at = AS_OF - 10 * DAY
    inside, outside = Period(start=at, end=at + DAY), Period(start=at - DAY, end=at)
    trials = [
        rules_answered(frames, MATRIX, as_of=AS_OF, period=period).all_leads.trials
        for period in (inside, outside)
    ]
    assert trials == [1, 0]


def test_of_a_dated_matrix_the_version_of_the_answer_says_who_got_points() -> None:
    """A rule that came into force after the answer did not fire."""
    newer = Rule("demo", when=Touched("demo"), points=20)
    older = Rule("demo", when=Touched("nothing"), points=20)
    dated = Dated(
        (
            (date.min, ScoringMatrix(name="intent", rules=[older])),
            (date(2026, 5, 28), ScoringMatrix(name="intent", rules=[newer])),
        )
    )
    facts = [
        touch("L1", "demo"),
        answer("L1", "accepted"),
        touch("L2", "demo"),
        answer("L2", "accepted", None, 1),
    ]
    found = rules_answered(Frames.from_dataset(facts), dated, as_of=AS_OF)
    assert found.rule("demo").fired_count == 1


def measure(frames: Frames, as_of: datetime) -> RulesAnswered:
    """The verb as the shared laws take it."""
    return rules_answered(frames, MATRIX, as_of=as_of)


def test_the_shared_laws() -> None:
    """No look-ahead, no order, one answer on every engine."""
    assert_no_look_ahead(measure, forty(), AS_OF - 10 * DAY, [answer("D1", "accepted", days_ago=1)])
    assert_order_independent(measure, forty(), AS_OF)
    assert_backends_agree(measure, forty(), AS_OF)


def test_without_any_answer_there_is_nothing_to_say() -> None:
    """No share, not 0 %."""
    found = answered([touch("L1", "download")])
    assert [rule.fired.share for rule in found.rules] == [None, None, None]


def test_the_report_has_a_line_for_each_rule() -> None:
    """With the reasons."""
    shown = render(answered(forty()).to_report(words("en")), "markdown").content
    assert "no budget (25)" in shown
    assert "unsubscribes" in shown


def test_a_rule_is_held_against_answers_since_it_exists_alone() -> None:
    """Who asked for a demo before demos counted is no evidence of leads without one."""
    demos = Rule("asks for a demo", when=Touched("demo"), points=20)
    old = ScoringMatrix(name="intent", rules=[Rule("downloads", when=Touched("download"), points=10)])
    dated = Dated(((date(2026, 1, 1), old), (date(2026, 5, 1), ScoringMatrix(name="intent", rules=[demos]))))
    facts: list[Fact] = []
    for number in range(10):
        facts += [touch(f"A{number}", "demo", 90), answer(f"A{number}", "accepted", days_ago=80)]
        facts += [touch(f"B{number}", "demo"), answer(f"B{number}", "accepted" if number < 5 else "rejected")]
    (rule,) = rules_answered(Frames.from_dataset(facts), dated, as_of=AS_OF).rules
    assert (rule.fired.trials, rule.fired.successes, rule.otherwise.trials) == (10, 5, 0)
