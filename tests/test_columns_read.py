"""The generated list of the columns that each verb reads: it is true, and it is all that the verb needs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "columns_read.py"


def loaded() -> ModuleType:
    """The script that writes the list."""
    spec = importlib.util.spec_from_file_location("columns_read", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["columns_read"] = module
    spec.loader.exec_module(module)
    return module


READS = loaded()
FRAMES = READS.example_frames()


@pytest.mark.parametrize("verb", READS.VERBS)
def test_a_verb_needs_no_more_than_it_is_said_to_read(verb: str) -> None:
    """Given these columns alone, it says what it says of all of them."""
    _, ask = READS.VERBS[verb]
    reads = READS.reads_of(ask, FRAMES)
    assert "closings" in reads
    assert ask(READS.cut_to(FRAMES, reads)) == ask(FRAMES)
