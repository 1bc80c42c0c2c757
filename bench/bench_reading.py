"""Reading 100,000 CSV rows of 8 columns into checked facts, two from each row.

Prints rows a second and the ratio to the least that anyone could do: `csv.reader`, and the facts made bare.
Run it with `python bench/bench_reading.py [rows]`.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from smarketing.crm import load_mapping, read_files
from smarketing.dataset import Dataset, check_dataset
from smarketing.facts import Fact, Lead, StageEntered
from smarketing.origin import Origin

MAPPING = """
system = "bench"
zone = "Europe/Madrid"

[[tables]]
name = "contacts"
files = "contacts.csv"
record = "id"
ignore = ["modified"]

[tables.lead]
lead_id = "id"
occurred_at = "created"
source_raw = "source"
channel = "source"
owner_id = "owner"
email = "email"
country = "country"

[tables.stage_entered]
lead_id = "id"
occurred_at = "modified"
stage = { column = "stage", words = { New = "lead", "Marketing Qualified" = "mql", "Sales Ready" = "sql" } }
"""
COLUMNS = ("id", "created", "modified", "source", "stage", "owner", "email", "country")
STAGES = {"New": "lead", "Marketing Qualified": "mql", "Sales Ready": "sql"}


def write(path: Path, rows: int) -> None:
    rng = random.Random(7)
    start = datetime(2024, 1, 1)  # noqa: DTZ001
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row in range(rows):
            created = start + timedelta(seconds=rng.randrange(60_000_000))
            modified = created + timedelta(seconds=rng.randrange(1_000_000))
            source = rng.choice(("organic search", "paid search", "referral, customer", "", "email"))
            owner, country = f"owner-{rng.randrange(40)}", rng.choice(("ES", "MX", "AR"))
            stage, email = rng.choice(list(STAGES)), f"person{row}@example.com"
            writer.writerow((f"C-{row:06}", created, modified, source, stage, owner, email, country))


def bare(path: Path) -> int:
    """The same facts with no checks, no problems and no account, and dates without their zone."""
    facts: list[Fact] = []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        for row, (record, created, modified, source, stage, owner, email, country) in enumerate(rows, 2):
            origin = Origin(system="bench", table="contacts", record=record, file="contacts.csv", row=row)
            at = datetime.fromisoformat(created).replace(tzinfo=UTC)
            facts.append(
                Lead(
                    origin=origin,
                    occurred_at=at,
                    lead_id=record,
                    source_raw=source or None,
                    channel=source or None,
                    owner_id=owner,
                    email=email,
                    country=country,
                )
            )
            entered_at = datetime.fromisoformat(modified).replace(tzinfo=UTC)
            facts.append(
                StageEntered(origin=origin, occurred_at=entered_at, lead_id=record, stage=STAGES[stage])
            )
    return len(facts)


def read(path: Path) -> Dataset:
    dataset = read_files([path], load_mapping(MAPPING))
    check_dataset(dataset)
    return dataset


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "contacts.csv")
        write(path, count)
        times = {}
        for name, work in (("bare", bare), ("read and checked", read)):
            taken = []
            for _ in range(3):
                start = process_time()
                work(path)
                taken.append(process_time() - start)
            times[name] = min(taken)
            print(f"{name:>17}: {count / times[name]:>9,.0f} rows/s")
        print(f"{'ratio':>17}: {times['read and checked'] / times['bare']:9.2f}")


if __name__ == "__main__":
    main()
