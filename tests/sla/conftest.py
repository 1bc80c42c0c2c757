"""Fixtures of the SLA's tests."""

from __future__ import annotations

import pytest
from sla_stories import RESPONSE

from smarketing.sla import Term


@pytest.fixture
def response() -> Term:
    """A first response within four working hours."""
    return RESPONSE
