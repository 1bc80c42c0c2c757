"""Facts together, with the problems met on the way and an account of every row that was read.

A `Dataset` is what reading ends with. It is canonical: its facts are sorted by time, kind and record, and a
fact that was said twice (the same export read again, two exports that overlap) is there once, as it was first
known. So the same files in any order make an equal dataset, and datasets add up with `+`.

Nothing is lost without a word: each `Reading` says how many rows a file had, how many of them gave facts, how
many the mapping leaves out, and how many were refused with a problem; it does not exist unless they add up.

What only shows where facts meet (a deal dated before its lead, a closing of a deal that nobody knows) is the
business of `check_dataset`.
"""

from __future__ import annotations

from smarketing.dataset._check import check_dataset
from smarketing.dataset._dataset import Dataset, Export, Reading

__all__ = ["Dataset", "Export", "Reading", "check_dataset"]
