"""What can be wrong with a scoring matrix: every fault at once, each with its key path and a way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from smarketing.errors import did_you_mean
from smarketing.origin import Problem
from smarketing.scoring._criterion_faults import count_faults, criterion_faults, fault, positive_length
from smarketing.scoring._flip_terms import Flip, Rearm
from smarketing.scoring._rules import Decay, Group, Rule

if TYPE_CHECKING:
    from datetime import date

    from smarketing.scoring._criteria import Criterion
    from smarketing.scoring._matrix import ScoringMatrix
    from smarketing.values import Points

__all__ = ["matrix_faults", "name_faults"]

_MOST_POINTS = 1_000_000


def matrix_faults(matrix: ScoringMatrix) -> Iterator[Problem]:
    if not matrix.name.strip():
        yield fault("name", "blank-name", "a score needs a name, such as 'purchase intent'")
    if not matrix.rules:
        yield fault("rules", "no-rules", "a matrix without a rule scores nobody: add one")
    yield from _zone_faults(matrix.zone)
    yield from name_faults("rules", [rule.name for rule in matrix.rules], "rule")
    yield from name_faults("groups", [group.name for group in matrix.groups], "group")
    yield from name_faults("exclude", [each.name for each in matrix.exclude], "exclusion")
    for number, rule in enumerate(matrix.rules):
        yield from _rule_faults(f"rules[{number}]", rule, matrix)
    for number, exclusion in enumerate(matrix.exclude):
        yield from _of_the_lead(f"exclude[{number}].when", exclusion.when)
    for number, group in enumerate(matrix.groups):
        yield from _group_faults(f"groups[{number}]", group, matrix)
    if matrix.floor is not None and matrix.ceiling is not None and matrix.floor > matrix.ceiling:
        yield fault("floor", "empty-range", "the floor lies above the ceiling: exchange them")
    for number, flip in enumerate(matrix.flips):
        yield from _flip_faults(f"flips[{number}]", flip, matrix.flips[:number], matrix.ceiling)
    yield from _size_faults("floor", matrix.floor)
    yield from _size_faults("ceiling", matrix.ceiling)


def name_faults(path: str, names: Sequence[str], what: str) -> Iterator[Problem]:
    """Names that are blank, or there twice."""
    for number, name in enumerate(names):
        if not name.strip():
            yield fault(f"{path}[{number}].name", "blank-name", f"a {what} needs a name that people read")
        elif name in names[:number]:
            message = f"{name!r} is the name of an earlier {what}: people have to tell them apart"
            yield fault(f"{path}[{number}].name", "name-twice", message)


def _zone_faults(zone: str) -> Iterator[Problem]:
    try:
        ZoneInfo(zone)
    except (LookupError, OSError, ValueError):
        hint = did_you_mean(zone, available_timezones()) or "; name one such as Europe/Madrid"
        yield fault("zone", "unknown-zone", f"there is no time zone {zone!r}{hint}")


def _of_the_lead(path: str, criterion: Criterion) -> Iterator[Problem]:
    yield from criterion_faults(path, criterion)
    if criterion.scope == "touch":
        message = "this asks about one touch, and here the lead is asked: put it into touched, as its `where`"
        yield fault(path, "not-of-a-lead", message)


def _rule_faults(path: str, rule: Rule, matrix: ScoringMatrix) -> Iterator[Problem]:
    yield from criterion_faults(f"{path}.when", rule.when)
    if rule.only_if is not None:
        yield from _of_the_lead(f"{path}.only_if", rule.only_if)
    if not rule.points.micro:
        yield fault(
            f"{path}.points", "no-points", "a rule of 0 points changes nothing: drop it, or give some"
        )
    yield from _size_faults(f"{path}.points", rule.points)
    yield from _size_faults(f"{path}.cap", rule.cap)
    if rule.cap is not None and rule.cap.micro <= 0:
        message = "a cap is a positive number; it holds the rule down or up, as its points have it"
        yield fault(f"{path}.cap", "not-positive", message)
    for name, most in (("per_day", rule.per_day), ("per_campaign", rule.per_campaign)):
        yield from count_faults(
            f"{path}.{name}", most, "at least one touch has to count, or the rule gives nothing"
        )
    yield from positive_length(f"{path}.window", rule.window)
    if rule.decay is not None:
        yield from _decay_faults(f"{path}.decay", rule.decay)
    if not rule.counts_touches:
        yield from _counts_once_faults(path, rule)
    names = [group.name for group in matrix.groups]
    if rule.group is not None and rule.group not in names:
        hint = did_you_mean(rule.group, names) or ": add it to the groups of the matrix"
        yield fault(f"{path}.group", "unknown-group", f"there is no group {rule.group!r}{hint}")
    yield from _days_faults(path, rule.starts_on, rule.ends_on)


def _counts_once_faults(path: str, rule: Rule) -> Iterator[Problem]:
    """A condition on the lead counts once: what limits or fades touches has nothing to work on."""
    given = {
        "once": rule.once,
        "per_day": rule.per_day is not None,
        "per_campaign": rule.per_campaign is not None,
        "window": rule.window is not None,
        "decay": rule.decay is not None,
        "cap": rule.cap is not None,
    }
    for name in (name for name, is_given in given.items() if is_given):
        message = (
            f"the `when` of this rule is a condition on the lead and counts once, so {name} changes nothing: "
            "drop it or, to count each touch, let `when` be touched alone and the rest be `only_if`"
        )
        yield fault(f"{path}.{name}", "counts-once", message)


def _decay_faults(path: str, decay: Decay) -> Iterator[Problem]:
    by_period = decay.share is not None or decay.per is not None
    if (decay.half_life is not None) == by_period or (decay.share is None) != (decay.per is None):
        message = "give either `half_life`, or `share` together with `per`"
        yield fault(path, "no-decay", message)
    yield from positive_length(f"{path}.half_life", decay.half_life)
    yield from positive_length(f"{path}.per", decay.per)
    if decay.share is not None and not 0 < decay.share.ppm <= 1_000_000:
        yield fault(
            f"{path}.share", "not-a-share", "with each period more than 0 % and at most 100 % is lost"
        )


def _group_faults(path: str, group: Group, matrix: ScoringMatrix) -> Iterator[Problem]:
    yield from _size_faults(f"{path}.floor", group.floor)
    yield from _size_faults(f"{path}.ceiling", group.ceiling)
    if group.ceiling is None and group.floor is None:
        yield fault(path, "no-limit", f"the group {group.name!r} limits nothing: give a ceiling or a floor")
    if group.floor is not None and group.ceiling is not None and group.floor > group.ceiling:
        yield fault(f"{path}.floor", "empty-range", "the floor lies above the ceiling: exchange them")
    if all(rule.group != group.name for rule in matrix.rules):
        yield fault(f"{path}.name", "group-without-rules", f"no rule belongs to the group {group.name!r}")


def _size_faults(path: str, points: Points | None) -> Iterator[Problem]:
    """Whole numbers of 64 bits hold micro-points of so many touches, with every engine."""
    if points is not None and abs(points.micro) > _MOST_POINTS * 1_000_000:
        yield fault(path, "too-many-points", f"no score needs more than {_MOST_POINTS:,} points: give fewer")


def _flip_faults(path: str, flip: Flip, earlier: Sequence[Flip], ceiling: Points | None) -> Iterator[Problem]:
    if any(each.campaign == flip.campaign for each in earlier):
        whose = "all campaigns" if flip.campaign is None else f"the campaign {flip.campaign!r}"
        message = f"{whose} has a number already: keep one, and let a dated version of the matrix change it"
        yield fault(f"{path}.campaign", "campaign-twice", message)
    if flip.campaign is not None and not flip.campaign.strip():
        yield fault(
            f"{path}.campaign", "blank-name", "leave it out for all campaigns, or write a campaign's id"
        )
    yield from _size_faults(f"{path}.points", flip.points)
    if ceiling is not None and flip.points > ceiling:
        message = f"no score gets above the ceiling of {float(ceiling):g}, so nobody could reach this number"
        yield fault(f"{path}.points", "out-of-reach", message)
    if flip.rearm is Rearm.AFTER_FALL and flip.margin is None:
        message = "say by how far below the number the score has to fall, as `margin`"
        yield fault(f"{path}.margin", "no-margin", message)
    if flip.rearm is not Rearm.AFTER_FALL and flip.margin is not None:
        message = f"a margin is for rearm = 'after_fall', and this is {flip.rearm.value!r}"
        yield fault(f"{path}.margin", "margin-without-fall", message)
    if flip.margin is not None and flip.margin.micro < 0:
        yield fault(f"{path}.margin", "not-positive", "a margin is not negative")
    yield from _days_faults(path, flip.starts_on, flip.ends_on)


def _days_faults(path: str, starts_on: date | None, ends_on: date | None) -> Iterator[Problem]:
    if starts_on is not None and ends_on is not None and starts_on > ends_on:
        message = f"it ends on {ends_on}, before it starts on {starts_on}: exchange the days"
        yield fault(f"{path}.ends_on", "ends-before-start", message)
