"""The criterion keeps what every criterion promises."""

from __future__ import annotations

from collections.abc import Iterable

from smarketing.scoring import Criterion, matrix_from_plain
from smarketing.testing import CriterionContract

from smarketing_acme.criterion import FreeMail


class TestFreeMail(CriterionContract):
    words = ("ana@gmail.com", "Luis@Mail.YAHOO.com ", "eva@notgmail.com", "@", "nobody@")

    def make_criteria(self) -> Iterable[Criterion]:
        return [FreeMail(), FreeMail(["uni.edu"])]


def test_a_file_calls_it_by_its_name() -> None:
    matrix = matrix_from_plain(
        {
            "name": "fit",
            "rules": [{"name": "private mailbox", "when": {"acme-free-mail": {}}, "points": -10}],
            "exclude": [{"name": "students", "when": {"acme-free-mail": {"providers": "uni.edu"}}}],
        }
    )
    assert matrix.rules[0].when == FreeMail()
    assert matrix.exclude[0].when == FreeMail(["uni.edu"])
