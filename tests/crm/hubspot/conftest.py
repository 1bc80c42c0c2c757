"""A portal as its API answers: written fixtures in the true shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smarketing.crm.hubspot import HubSpot, addresses_of, read_owners, read_pipelines
from smarketing.dataset import Dataset

FIXTURES = Path(__file__).parent / "fixtures"

Answer = Callable[[str], dict[str, Any]]
Read = Callable[..., Dataset]


@pytest.fixture(scope="session")
def answer() -> Answer:
    """What the API answers for a kind of object."""

    def load(kind: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((FIXTURES / f"{kind}.json").read_text(encoding="utf-8"))
        return found

    return load


@pytest.fixture(scope="session")
def portal(answer: Answer) -> HubSpot:
    """The portal of the fixtures, in Madrid."""
    return HubSpot(
        portal_zone="Europe/Madrid",
        currency="EUR",
        pipelines=read_pipelines([answer("pipelines")]),
        owners=read_owners([answer("owners")]),
        traits={"contacts": {"company_size": "integer", "vip": "boolean"}},
    )


@pytest.fixture(scope="session")
def addresses(answer: Answer) -> dict[str, str]:
    """The contact of each e-mail address."""
    return addresses_of([answer("contacts")])


@pytest.fixture(scope="session")
def read(portal: HubSpot, answer: Answer, addresses: dict[str, str]) -> Read:
    """Reads a fixture, with the addresses of the contacts."""

    def read_kind(kind: str) -> Dataset:
        return portal.read_pages([answer(kind)], kind=kind, addresses=addresses)

    return read_kind
