"""The dirty rows that are planted in the example company's export, and what ought to become of each.

Every export has them. They stand among the clean rows at stated lines, each with a label, so that a test can
ask whether each one was told of, and whether the good rows around it survived. A *harmless* one is no fault
in the data at all: it is text that a careless program would run, garble or drop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import attrs

from smarketing.testing._rows import HEADERS, Row

__all__ = ["Dirt"]


@attrs.frozen(kw_only=True)
class Dirt:
    """One planted row.

    Attributes:
        label: What is wrong with it, as a code ("impossible-date").
        file: The file that it stands in.
        line: Its line there, counted from 1; the header is line 1.
        record: The id that the row carries.
        field: The column that is at fault, or "" for the row as a whole.
        harmless: Whether a reader should take it as it is, without a problem.
    """

    label: str
    file: str
    line: int
    record: str
    field: str = ""
    harmless: bool = False


@attrs.frozen(kw_only=True)
class _Plant:
    label: str
    cells: Mapping[str, str]
    field: str = ""
    harmless: bool = False
    cut: Callable[[Row], Row] = tuple
    last: bool = False

    def row(self, file: str) -> Row:
        given = {**_TYPICAL[file], **self.cells}
        return self.cut(tuple(given.get(name, "") for name in HEADERS[file]))


_TYPICAL: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "leads.csv": {
            "Created": "2025-03-04 10:15:00",
            "Captured": "2025-03-04 10:15:00",
            "Lead source": "Website",
            "Channel": "direct",
            "Persona": "owner",
            "Owner": "lucia.gil",
            "Team": "Inside",
            "Name": "Alba Serrano",
            "Company": "Talleres Norte 1",
            "City": "Madrid",
            "Region": "Madrid",
            "Country": "Spain",
        },
        "stage_history.csv": {
            "Lead ID": "L-000001",
            "Stage": "Nurturing",
            "Entered": "2025-03-05 10:15:00",
            "Recorded": "2025-03-05 10:15:00",
            "Changed by": "tom.baker",
        },
        "deals.csv": {
            "Lead ID": "L-X01",
            "Deal name": "AirOne",
            "Created": "2025-06-02 11:00:00",
            "Owner": "ana.ruiz",
            "Team": "North",
            "Product": "AirOne",
            "Product line": "Compact",
            "List price": "1280.00",
            "Amount": "1280.00",
            "Cost": "710.00",
            "Currency": "EUR",
            "Payment days": "30",
            "Expected close": "2025-07-01",
        },
        "spend.csv": {
            "Campaign ID": "C-01",
            "Booked": "2025-05-31",
            "From": "2025-05-01",
            "To": "2025-05-31",
            "Channel": "organic search",
            "Amount": "10.00",
            "Currency": "EUR",
        },
    }
)


def _lead(number: int, label: str, field: str = "", *, harmless: bool = False, **cells: str) -> _Plant:
    named = {name.replace("_", " "): value for name, value in cells.items()}
    return _Plant(label=label, field=field, harmless=harmless, cells={"Lead ID": f"L-X{number:02}", **named})


def _deal(number: int, label: str, field: str = "", *, harmless: bool = False, **cells: str) -> _Plant:
    named = {name.replace("_", " "): value for name, value in cells.items()}
    return _Plant(label=label, field=field, harmless=harmless, cells={"Deal ID": f"D-X{number:02}", **named})


PLANTS: Mapping[str, tuple[_Plant, ...]] = MappingProxyType(
    {
        "leads.csv": (
            _lead(1, "script-in-name", harmless=True, Name="<script>alert(1)</script>"),
            _lead(2, "formula-in-name", harmless=True, Name="=cmd|' /C calc'!A0"),
            _lead(3, "letters-and-emoji", harmless=True, Name="Íñigo Müller-Ñandú 🚀", City="A Coruña"),
            _lead(4, "quotes-and-lines", harmless=True, Company='Hermanos "Gil",\nS.L.'),
            _lead(5, "spaces-around", harmless=True, Lead_source="  Website  ", City=" Madrid "),
            _lead(6, "blank-source", harmless=True, Lead_source=""),
            _lead(7, "unknown-source", harmless=True, Lead_source="unknown"),
            _lead(8, "unmatched-source", harmless=True, Lead_source="Carrier pigeon", Channel="bird"),
            _Plant(label="blank-id", field="Lead ID", cells={"Lead ID": ""}),
            _Plant(
                label="repeated-id",
                field="Lead ID",
                cells={"Lead ID": "L-X01", "Lead source": "Cold call", "Name": "Ruby Ward"},
            ),
            _lead(9, "impossible-date", "Created", Created="2025-02-30 10:00:00"),
            _lead(10, "mixed-date-format", "Created", Created="04/03/2025 10:15"),
            _lead(11, "blank-date", "Created", Created="", Captured=""),
            _Plant(
                label="ragged-row",
                cells={"Lead ID": "L-X12"},
                cut=lambda row: row[:5],
                last=True,
            ),
        ),
        "stage_history.csv": (
            _Plant(label="misspelt-stage", field="Stage", cells={"Stage": "Marketing Qualifed Lead"}),
            _Plant(label="unknown-lead", field="Lead ID", cells={"Lead ID": "L-X99"}),
            _Plant(label="too-many-cells", cells={}, cut=lambda row: (*row, "surplus")),
        ),
        "deals.csv": (
            _deal(
                1, "deal-before-lead", "Created", Created="2023-05-01 09:00:00", Expected_close="2023-06-01"
            ),
            _deal(2, "negative-amount", "Amount", Amount="-1280.00"),
            _deal(3, "other-currency", "Currency", harmless=True, Currency="USD"),
            _deal(4, "no-number", "Amount", Amount="a lot"),
            _deal(5, "decimal-comma", "Amount", Amount="1.280,00"),
            _deal(6, "misspelt-outcome", "Outcome", Closed="2025-08-01 10:00:00", Outcome="Wonn"),
            _deal(
                7,
                "closed-before-created",
                "Closed",
                Closed="2025-05-01 10:00:00",
                Outcome="Won",
                Closed_amount="1280.00",
            ),
        ),
        "spend.csv": (
            _Plant(label="unknown-campaign", field="Campaign ID", cells={"Campaign ID": "C-99"}),
            _Plant(label="blank-amount", field="Amount", cells={"Amount": ""}),
        ),
    }
)
"""What is planted in each file, in the order in which it stands there."""

_FIRST_AT, _EVERY = 8, 5


class Planter:
    """Puts the dirty rows of one file among the clean ones, however these arrive, and says where.

    Attributes:
        planted: What was planted so far.
    """

    def __init__(self, file: str, *, dirty: bool = True) -> None:
        self.file = file
        self.planted: list[Dirt] = []
        plants = PLANTS.get(file, ()) if dirty else ()
        self._waiting = [plant for plant in plants if not plant.last]
        self._last = [plant for plant in plants if plant.last]
        self._clean_count = 0
        self._line = 2

    def mix(self, clean: list[Row]) -> list[Row]:
        """The rows given, with those planted that belong among them."""
        rows: list[Row] = []
        for position, row in enumerate(clean):
            if not self._waiting:
                rows += clean[position:]
                self.pass_by(len(clean) - position)
                break
            rows.append(row)
            self.pass_by(1)
            if self._clean_count >= _FIRST_AT and (self._clean_count - _FIRST_AT) % _EVERY == 0:
                rows.append(self._plant(self._waiting.pop(0)))
        return rows

    def pass_by(self, clean_count: int) -> None:
        """Count clean rows of one line each that are not shown."""
        self._clean_count += clean_count
        self._line += clean_count

    def finish(self) -> list[Row]:
        """What is left to plant, at the end of the file."""
        return [self._plant(plant) for plant in (*self._waiting, *self._last)]

    def _plant(self, plant: _Plant) -> Row:
        row = plant.row(self.file)
        self.planted.append(
            Dirt(
                label=plant.label,
                file=self.file,
                line=self._line,
                record=row[0],
                field=plant.field,
                harmless=plant.harmless,
            )
        )
        self._line += 1 + sum(cell.count("\n") for cell in row)
        return row
