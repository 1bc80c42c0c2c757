"""The agreement: what both departments promised each other, as one dated document.

It is a TOML file that people read, review in a pull request and sign, and from which everything is measured:
the company and how it reads time and money, the funnel and who owns each stage, the sales pipelines, the
rules that read a lead's source, the working hours, the targets. What a file leaves out falls to the defaults
that `Agreement` documents.

Sources, calendars and targets are dated: the terms in force on the day of a fact apply to it, so that new
terms never change what an old figure meant.

Example:
    >>> from smarketing.agreement import load_agreement
    >>> agreement = load_agreement('''
    ... [company]
    ... name = "Marathon Shoes"
    ... zone = "Europe/Madrid"
    ... currency = "EUR"
    ... ''')
    >>> [stage.name for stage in agreement.funnel]
    ['prospect', 'lead', 'mql', 'sql', 'opportunity', 'customer']
    >>> agreement.as_of("2026-04-01").isoformat()
    '2026-03-31T22:00:00+00:00'
"""

from __future__ import annotations

from smarketing.agreement._read import load_agreement
from smarketing.agreement._schema import agreement_schema
from smarketing.agreement._starter import starter_agreement
from smarketing.agreement._terms import Agreement, Company, Quota, Targets

__all__ = [
    "Agreement",
    "Company",
    "Quota",
    "Targets",
    "agreement_schema",
    "load_agreement",
    "starter_agreement",
]
