"""The example company: two years of a CRM, drawn from rates that are known.

It serves the demo, the documentation and every test that asks whether an estimate finds the truth again. The
same seed and number of leads give the same bytes on every machine; a million leads take a minute and no
memory to speak of, because lives are drawn, written and forgotten one by one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import attrs

from smarketing.testing import _wall as wall
from smarketing.testing import _world as world
from smarketing.testing._dirt import Dirt, Planter
from smarketing.testing._lives import Life, Lives
from smarketing.testing._rows import HEADERS, Row, add_rows, campaign_rows, spend_rows
from smarketing.testing._touch_truth import TouchTruth
from smarketing.testing._truth import Truth

if TYPE_CHECKING:
    from smarketing.facts import Fact, Touch

__all__ = ["ExampleCompany", "example_company", "write_example"]

_AT_A_TIME = 2_000
_ALL_PLANTED_BY = 2_000


@attrs.frozen(kw_only=True)
class ExampleCompany:
    """A company of which the truth is known.

    Attributes:
        seed: What it was drawn from.
        leads: How many records of leads its CRM holds, visitors included.
        dirty: Whether its export has dirty rows.
        truth: What is true in it.

    Example:
        >>> company = example_company(seed=1, leads=400)
        >>> sum(1 for life in company.facts() if type(life).__name__ == "Lead")
        400
        >>> company.dirt[0].label, company.dirt[0].file, company.dirt[0].line
        ('script-in-name', 'leads.csv', 10)
    """

    seed: int
    leads: int
    dirty: bool
    truth: Truth

    @property
    def zone(self) -> str:
        """The time zone of its calendar."""
        return world.ZONE

    @property
    def currency(self) -> str:
        """The currency of its amounts."""
        return world.CURRENCY

    @property
    def starts_on(self) -> date:
        """The first day that the export knows."""
        return world.STARTS_ON

    @property
    def ends_on(self) -> date:
        """The first day that the export no longer knows."""
        return world.ENDS_ON

    @property
    def as_of(self) -> datetime:
        """The instant of the export: the start of the day `ends_on`."""
        return wall.midnight(world.DAY_COUNT)

    def facts(self) -> Iterator[Fact]:
        """The facts that a perfect reading of the clean rows gives, one life after another.

        Campaigns and spends come first; the facts of one lead come together.
        """
        from smarketing.testing._facts import company_facts, life_facts

        yield from company_facts()
        for life in self._lives():
            yield from life_facts(life)

    def touches(self) -> Iterator[Touch]:
        """Touches of the leads, which the export does not tell of; what each channel truly adds is known.

        They are drawn apart, so that everything else is the same with them and without.

        Example:
            >>> company = example_company(seed=1, leads=50)
            >>> sorted({touch.channel for touch in company.touches()})
            ['direct', 'display', 'email', 'paid search', 'social', 'webinar']
        """
        from smarketing.testing._example_touches import life_touches

        draw = Random(f"touches {self.seed}").random  # noqa: S311 (an example, no secret)
        for life in self._lives():
            yield from life_touches(life, self.touch_truth, draw)

    @property
    def touch_truth(self) -> TouchTruth:
        """What is true of the touches: whom each channel reaches, and how many sales are its doing."""
        return TouchTruth()

    def write_export(self, folder: str | Path) -> Mapping[str, int]:
        """Write the CSV files of the CRM's export into a folder, which is made if need be.

        UTF-8, commas, a header line, wall times of the company's zone. Files of the same names are replaced.

        Returns:
            The files by name, with the number of rows of each, dirty ones included.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        counts = dict.fromkeys(HEADERS, 0)
        with ExitStack() as stack:
            sinks = {name: _open(stack, target / name) for name in HEADERS}
            planters = self._planters()
            for sink, name in zip(sinks.values(), sinks, strict=True):
                sink.writerow(HEADERS[name])
            for rows in self._chunks():
                for name, clean in rows.items():
                    mixed = planters[name].mix(clean)
                    counts[name] += len(mixed)
                    sinks[name].writerows(mixed)
            for name, planter in planters.items():
                rest = planter.finish()
                counts[name] += len(rest)
                sinks[name].writerows(rest)
        return MappingProxyType(counts)

    @property
    def dirt(self) -> tuple[Dirt, ...]:
        """The dirty rows that are planted in the export, file by file, with their lines."""
        planters = self._planters()
        shown = 0
        for rows in self._chunks():
            for name, clean in rows.items():
                planters[name].mix(clean)
            shown += len(rows["leads.csv"])
            if shown >= _ALL_PLANTED_BY:
                break
        planters["leads.csv"].pass_by(self.leads - shown)
        for planter in planters.values():
            planter.finish()
        return tuple(dirt for planter in planters.values() for dirt in planter.planted)

    def mapping_toml(self) -> str:
        """How the CRM's columns and words are to be read, as the text of a mapping file."""
        return _document("mapping.toml")

    def agreement_toml(self) -> str:
        """What the company's two departments have agreed, as the text of an agreement file."""
        return _document("agreement.toml")

    def _lives(self) -> Iterator[Life]:
        return Lives(self.truth, self.seed).drawn(self.leads)

    def _planters(self) -> dict[str, Planter]:
        return {name: Planter(name, dirty=self.dirty) for name in HEADERS}

    def _chunks(self) -> Iterator[dict[str, list[Row]]]:
        """The clean rows of every file, some lives at a time."""
        rows: dict[str, list[Row]] = {name: [] for name in HEADERS}
        rows["campaigns.csv"] += campaign_rows()
        rows["spend.csv"] += spend_rows()
        lives = self._lives()
        while some := list(islice(lives, _AT_A_TIME)):
            for life in some:
                add_rows(life, rows)
            yield rows
            rows = {name: [] for name in HEADERS}


class _Sink(Protocol):
    def writerow(self, row: Row, /) -> object: ...
    def writerows(self, rows: list[Row], /) -> object: ...


def _open(stack: ExitStack, path: Path) -> _Sink:
    file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    return csv.writer(file, lineterminator="\n")


def example_company(
    *, seed: int = 1, leads: int = 5_000, dirty: bool = True, truth: Truth | None = None
) -> ExampleCompany:
    """A company of which the truth is known; nothing is drawn before it is asked for.

    Args:
        seed: The same seed gives the same company.
        leads: How many records of leads its CRM holds; about one in six becomes a deal.
        dirty: Whether the export has dirty rows among the clean ones (facts never have).
        truth: What is to be true in it; by default the usual rates, with months of luck from the seed.

    Raises:
        ValueError: Fewer than one lead.

    Example:
        >>> company = example_company(seed=7, leads=1_000)
        >>> company.truth["referral"].reach("lead", "sql") > company.truth["search"].reach("lead", "sql")
        True
    """
    if leads < 1:
        raise ValueError(f"a company needs at least one lead, not {leads}")
    return ExampleCompany(seed=seed, leads=leads, dirty=dirty, truth=truth or Truth.drawn(seed))


def write_example(folder: str | Path, *, seed: int = 1, leads: int = 5_000) -> ExampleCompany:
    """Write an example to try everything on: `export/*.csv`, `mapping.toml` and `agreement.toml`.

    Returns:
        The company that was written, with its truth and the account of its dirty rows.
    """
    company = example_company(seed=seed, leads=leads)
    target = Path(folder)
    company.write_export(target / "export")
    for name, text in (
        ("mapping.toml", company.mapping_toml()),
        ("agreement.toml", company.agreement_toml()),
    ):
        (target / name).write_text(text, encoding="utf-8", newline="\n")
    return company


def _document(name: str) -> str:
    return files("smarketing.testing").joinpath("_example", name).read_text("utf-8")
