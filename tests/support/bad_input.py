"""Kinds of bad input, each with what is said of it and which records survive."""

from __future__ import annotations

import gzip

import attrs

MAPPING = """
system = "crm"
zone = "Europe/Madrid"
currency = "EUR"
exported_at = 2026-06-01
blank = ["N/A"]
{more}

[[tables]]
name = "leads"
files = ["leads*.csv", "leads*.jsonl", "leads*.csv.gz"]
record = "id"
ignore = ["internal*"]

[tables.lead]
lead_id = "id"
occurred_at = "created"
name = "name"
email = "email"
source_raw = "source"
traits = {{ employees = {{ column = "employees", type = "integer" }} }}

[[tables]]
name = "deals"
files = "deals*.csv"
record = "deal"

[tables.deal]
deal_id = "deal"
lead_id = "lead"
occurred_at = "opened"
amount_minor = "amount"
currency = "currency"
product = {{ column = "product", lookup = "products" }}

[tables.deal_closed]
deal_id = "deal"
occurred_at = "closed"
outcome = {{ column = "stage", words = {{ Ganado = "won", Perdido = "lost" }} }}
amount_minor = "amount"
currency = "currency"
when = {{ closed = "*" }}

[tables.stage_entered]
deal_id = "deal"
occurred_at = "opened"
stage = {{ column = "stage", words = {{ Abierto = "open", Ganado = "won", Perdido = "lost" }} }}

[[lookups]]
name = "products"
files = "products*.csv"
key = "product"
"""
HEAD = "id,created,name,email,source,employees\n"
GOOD = "L-1,2026-01-05,Ana,ana@example.com,web,10\n"
LAST = "L-9,2026-01-06 10:00:00,Eva,eva@example.com,fair,\n"
DEALS = "deal,lead,opened,closed,amount,currency,product,stage\n"
OPEN = "D-1,L-1,2026-02-01,,100.00,EUR,,Abierto\n"


@attrs.frozen
class Case:
    """One bad file, what is told of it as (code, row, column), and the ids that survive."""

    name: str
    text: str | bytes
    told: tuple[tuple[str, int | None, str | None], ...]
    kept: tuple[str, ...] = ("L-1", "L-9")
    file: str = "leads.csv"
    more: str = ""


def lead(cells: str) -> str:
    """A file of leads with some cells between two good rows."""
    return HEAD + GOOD + cells + LAST


def deal(cells: str) -> str:
    """A file of deals with some cells between two good rows."""
    return DEALS + OPEN + cells + "D-9,L-9,2026-02-01,,N/A,,,Abierto\n"


DEALS_KEPT = ("D-1", "D-2", "D-9")
ONLY_GOOD = ("D-1", "D-9")
JSON_1 = (
    '{"id": "L-1", "created": "2026-01-05", "name": "A", "email": "a@b.c", "source": "web", "employees": 3}\n'
)
JSON_9 = (
    '{"id": "L-9", "created": "2026-01-06", "name": "E", "email": "e@b.c", "source": "web", "employees": 4}\n'
)


def bad_json(line: str) -> str:
    """JSON Lines with one line between two good ones."""
    return JSON_1 + line + "\n" + JSON_9


CASES = [
    Case(
        "cp1252 read as UTF-8",
        lead("L-2,2026-01-05,Íñigo,i@b.c,web,1\n").encode("cp1252"),
        (("wrong-encoding", 3, "name"),),
    ),
    Case("UTF-16 with its mark", lead("").encode("utf-16"), (("wrong-encoding", 1, None),), ()),
    Case("UTF-16 without its mark", lead("").encode("utf-16-le"), (("wrong-encoding", 1, None),), ()),
    Case("UTF-8 read as UTF-16", lead("L-2"), (("wrong-encoding", 1, None),), (), more='encoding = "utf-16"'),
    Case("a workbook named CSV", b"PK\x03\x04" + b"\x00" * 40, (("not-text", 1, None),), ()),
    Case("a byte order mark", ("\ufeff" + lead("")).encode(), ()),
    Case("a short row", lead("L-2,2026-01-05,Bo\n"), (("short-row", 3, None),)),
    Case("a long row", lead("L-2,2026-01-05,Bo, Jr,b@b.c,web,1\n"), (("long-row", 3, None),)),
    Case(
        "a row that ends in spare delimiters",
        lead("L-2,2026-01-05,Bo,b@b.c,web,1,,\n"),
        (),
        ("L-1", "L-2", "L-9"),
    ),
    Case("a second header", lead(HEAD), (("repeated-header", 3, None),)),
    Case(
        "two columns of one name",
        "id,created,name,email,source,employees,email\n" + "L-1,2026-01-05,,,,,\n",
        (("duplicate-column", 1, "email"),),
        (),
    ),
    Case("a row said twice", lead(GOOD), (("repeated-row", 3, None),)),
    Case(
        "one id with two contents",
        lead("L-1,2026-01-05,Ana,ana@example.com,fair,10\n"),
        (("conflicting-versions", 3, None),),
        ("L-1", "L-1", "L-9"),
    ),
    Case(
        "a date that does not exist",
        lead("L-2,2026-02-30,B,b@b.c,web,1\n"),
        (("impossible-date", 3, "created"),),
    ),
    Case("a year nobody meant", lead("L-2,0026-02-03,B,b@b.c,web,1\n"), (("impossible-date", 3, "created"),)),
    Case("another format of date", lead("L-2,05/01/2026,B,b@b.c,web,1\n"), (("bad-date", 3, "created"),)),
    Case("a spreadsheet's serial number", lead("L-2,46027,B,b@b.c,web,1\n"), (("bad-date", 3, "created"),)),
    Case("no date", lead("L-2,N/A,B,b@b.c,web,1\n"), (("undated", 3, "created"),)),
    Case(
        "a time that clocks show twice",
        lead("L-2,2025-10-26 02:30:00,B,b@b.c,web,1\n"),
        (("ambiguous-time", 3, "created"),),
        ("L-2", "L-1", "L-9"),
    ),
    Case(
        "a time that clocks skip",
        lead("L-2,2026-03-29 02:30:00,B,b@b.c,web,1\n"),
        (("skipped-time", 3, "created"),),
        ("L-1", "L-9", "L-2"),
    ),
    Case(
        "a date after the export",
        lead("L-2,2027-01-01,B,b@b.c,web,1\n"),
        (("after-export", 3, None),),
        ("L-1", "L-9", "L-2"),
    ),
    Case("no id", lead(" ,2026-01-05,B,b@b.c,web,1\n"), (("blank-id", 3, "id"),)),
    Case("spaces around an id", lead("  L-2 ,2026-01-05,B,b@b.c,web,1\n"), (), ("L-1", "L-2", "L-9")),
    Case(
        "a number that is none",
        lead("L-2,2026-01-05,B,b@b.c,web,many\n"),
        (("bad-number", 3, "employees"),),
        ("L-1", "L-2", "L-9"),
    ),
    Case(
        "part of an employee",
        lead("L-2,2026-01-05,B,b@b.c,web,7.9\n"),
        (("not-whole", 3, "employees"),),
        ("L-1", "L-2", "L-9"),
    ),
    Case(
        "a cell of 10 MB",
        lead(f"L-2,2026-01-05,B,b@b.c,{'x' * 10_000_000},1\n"),
        (("huge-cell", 3, "source"),),
        ("L-1", "L-2", "L-9"),
    ),
    Case(
        "a quoted cell of 10 MB",
        lead(f'L-2,2026-01-05,"B, ""Q""",b@b.c,"{"x," * 5_000_000}",1\n'),
        (("huge-cell", 3, "source"),),
        ("L-1", "L-2", "L-9"),
    ),
    Case(
        "NULs in a cell",
        lead("L-2,2026-01-05,B\0,b@b.c,web,1\n"),
        (("control-characters", 3, "name"),),
        ("L-1", "L-2", "L-9"),
    ),
    Case(
        "control characters in an id",
        lead("L-\x1b2,2026-01-05,B,b@b.c,web,1\n"),
        (("control-characters", 3, "id"),),
        ("L-1", "L-2", "L-9"),
    ),
    Case("an empty file", "", (("empty-file", 1, None),), ()),
    Case("a file of blank lines", "\n\n\n", (("empty-file", 1, None),), ()),
    Case("a header and nothing else", HEAD, (("no-rows", 1, None),), ()),
    Case(
        "a column that is missing",
        "id,creatd,name,email,source,employees\nL-1,2026-01-05,,,,\n",
        (("unknown-column", 1, "creatd"), ("missing-column", 1, "created")),
        (),
    ),
    Case(
        "a column that nobody mentioned",
        "id,created,name,email,source,employees,secret,internal_1\nL-1,2026-01-05,,,,,x,y\n",
        (("unknown-column", 1, "secret"),),
        ("L-1",),
    ),
    Case("semicolons", lead("").replace(",", ";"), ()),
    Case("tabs", lead("").replace(",", "\t"), ()),
    Case("a delimiter that was stated", lead("").replace(",", "^"), (), more='delimiter = "^"'),
    Case(
        "a quote that is never closed", lead('L-2,2026-01-05,"Bo,b@b.c,web,1\n'), (("bad-quotes", 3, None),)
    ),
    Case(
        "a quote closed far below",
        lead('L-2,2026-01-05,"Bo,b@b.c,web,1\n' + 'L-3,2026-01-05,"C",c@b.c,web,1\n'),
        (("bad-quotes", 3, None),),
        ("L-1", "L-3", "L-9"),
    ),
    Case(
        "a quote inside a quoted cell",
        lead('L-2,2026-01-05,"a 5" pipe",b@b.c,web,1\n'),
        (("bad-quotes", 3, None),),
    ),
    Case(
        "a cell of several lines",
        lead('L-2,2026-01-05,"Bo\nBeck",b@b.c,web,1\nL-3,x,,,,\n'),
        (("bad-date", 5, "created"),),
        ("L-1", "L-2", "L-9"),
    ),
    Case("line ends of CR alone", lead("L-2,x,B,,,\n").replace("\n", "\r"), (("bad-date", 3, "created"),)),
    Case("line ends of CR and LF", lead("L-2,x,B,,,\n").replace("\n", "\r\n"), (("bad-date", 3, "created"),)),
    Case("blank lines between", lead("\n   \nL-2,x,B,,,\n\n"), (("bad-date", 5, "created"),)),
    Case("a row of blank cells", lead(",,,,,\n"), (("blank-row", 3, None),)),
    Case("a formula", lead("L-2,2026-01-05,=1+1,b@b.c,@SUM(A1),1\n"), (), ("L-1", "L-2", "L-9")),
    Case(
        "a damaged archive",
        gzip.compress(lead("").encode() * 20)[:-30],
        (("damaged-file", 1, None),),
        (),
        file="leads.csv.gz",
    ),
    Case(
        "two currencies in one deal",
        deal("D-1,L-1,2026-02-02,,5,USD,,Abierto\n"),
        (("mixed-currencies", 3, None),),
        ("D-1", "D-9", "D-1"),
        "deals.csv",
    ),
    Case(
        "a currency that does not exist",
        deal("D-2,L-1,2026-02-01,,5,EUX,,Abierto\n"),
        (("unknown-currency", 3, "currency"),),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case(
        "an amount in another currency",
        deal("D-2,L-1,2026-02-01,,5 USD,EUR,,Abierto\n"),
        (("other-currency", 3, "amount"),),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case(
        "a negative amount",
        deal("D-2,L-1,2026-02-01,,(5.10),EUR,,Abierto\n"),
        (("negative-amount", 3, None),),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case(
        "marks of another country",
        deal('D-2,L-1,2026-02-01,,"1.234,50",EUR,,Abierto\n'),
        (("bad-number", 3, "amount"),),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case(
        "more decimals than cents",
        deal("D-2,L-1,2026-02-01,,1.005,EUR,,Abierto\n"),
        (("rounded-amount", 3, "amount"),),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case(
        "an outcome that nobody knows",
        deal("D-2,L-1,2026-02-01,2026-03-01,5,EUR,,Ganada\n"),
        (("unknown-word", 3, "stage"), ("unknown-word", 3, "stage")),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case(
        "a product of another spelling",
        deal("D-2,L-1,2026-02-01,,5,EUR,GTXPro,Abierto\nD-3,L-1,2026-02-01,,5,EUR,GTXPro,Abierto\n"),
        (("not-in-lookup", 3, "product"),),
        ("D-1", "D-2", "D-3", "D-9"),
        "deals.csv",
    ),
    Case(
        "a win without an amount",
        deal("D-2,L-1,2026-02-01,2026-03-01,,EUR,,Ganado\n"),
        (("won-without-amount", 3, None),),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case(
        "a closing before the opening",
        deal("D-2,L-1,2026-02-01,2026-01-31,5,EUR,,Ganado\n"),
        (("closed-before-opened", 3, None),),
        DEALS_KEPT,
        "deals.csv",
    ),
    Case("a line that is not JSON", bad_json('{"id": "L-2",'), (("bad-json", 2, None),), file="leads.jsonl"),
    Case("JSON that is no object", bad_json('["L-2"]'), (("not-an-object", 2, None),), file="leads.jsonl"),
    Case(
        "a name given twice",
        bad_json('{"id": "L-2", "id": "L-3"}'),
        (("repeated-name", 2, "id"),),
        file="leads.jsonl",
    ),
    Case(
        "a list in place of a text",
        bad_json('{"id": "L-2", "created": "2026-01-05", "source": ["a", "b"]}'),
        (("nested-value", 2, "source"),),
        ("L-1", "L-2", "L-9"),
        "leads.jsonl",
    ),
    Case(
        "an object in an object",
        bad_json('{"id": "L-2", "created": "2026-01-05", "owner": {"name": "x"}}'),
        (("unknown-column", 2, "owner.name"),),
        ("L-1", "L-2", "L-9"),
        "leads.jsonl",
    ),
    Case(
        "NaN and Infinity",
        bad_json('{"id": "L-2", "created": "2026-01-05", "employees": NaN}'),
        (("bad-number", 2, "employees"),),
        ("L-1", "L-2", "L-9"),
        "leads.jsonl",
    ),
    Case(
        "a number written as text",
        bad_json('{"id": 2, "created": "2026-01-05", "employees": "12"}'),
        (),
        ("2", "L-1", "L-9"),
        "leads.jsonl",
    ),
    Case(
        "bytes that are no text in JSON",
        bad_json('{"id": "Í"}').encode("cp1252"),
        (("wrong-encoding", 2, None),),
        file="leads.jsonl",
    ),
    Case(
        "a name that no line has",
        '{"id": "L-1", "created": "2026-01-05"}\n',
        (
            ("missing-column", 1, "email"),
            ("missing-column", 1, "employees"),
            ("missing-column", 1, "name"),
            ("missing-column", 1, "source"),
        ),
        ("L-1",),
        "leads.jsonl",
    ),
]
