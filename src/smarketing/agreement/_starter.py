"""The agreement to start from: everything that is agreed by default, written out, with the reasons beside it.

Prose stands behind `# `; what is ready to be used once its `#` is taken away has no space behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from smarketing.agreement._write import table_lines, text
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.funnel import Funnel
from smarketing.serialize import to_plain
from smarketing.sources import SourceRules
from smarketing.text import printable

if TYPE_CHECKING:
    from smarketing.serialize import Plain


def starter_agreement(*, company: str, zone: str, currency: str, language: Literal["en", "es"] = "en") -> str:
    """A commented agreement in TOML, which says what holds by default and what else can be said.

    Args:
        company: The company's name.
        zone: Its time zone ("Europe/Madrid").
        currency: Its currency, an ISO 4217 code.
        language: Of the comments, and of labels and reports.

    Raises:
        UnknownNameError: There are no comments in that language.

    Example:
        >>> starter = starter_agreement(company="Acme", zone="Europe/Madrid", currency="EUR")
        >>> print(starter.splitlines()[0])
        # What marketing and sales of Acme agreed on. Change it together, and keep every version.
    """
    if language not in _COMMENTS:
        raise UnknownNameError(f"there are no comments in {language!r}{did_you_mean(language, _COMMENTS)}")
    said = _COMMENTS[language]
    parts = [
        _prose(said["top"].format(company=printable(company))),
        _company(said, company, zone, currency, language),
        _prose(said["funnel"]) + _table("funnel", to_plain(Funnel.default())),
        _prose(said["pipelines"]) + _unused(_table("pipelines", [to_plain(Funnel.classic_pipeline())])),
        _prose(said["sources"]) + _table("sources", to_plain(SourceRules.default())),
        _prose(said["calendars"]) + _unused(_CALENDAR),
        _prose(said["targets"]) + _unused(_TARGETS),
        _prose(said["scoring"]) + _unused(_SCORING),
        _prose(said["grid"]) + _unused(_GRID),
        _prose(said["sla"]) + _unused(_SLA),
    ]
    return "\n".join(parts)


def _company(said: dict[str, str], company: str, zone: str, currency: str, language: str) -> str:
    values = [
        ("name", text(company), ""),
        ("zone", text(zone), said["zone"]),
        ("currency", text(currency), said["currency"]),
        ("fiscal_year_start", "1", said["fiscal_year_start"]),
        ("week_start", '"mon"', ""),
        ("languages", f"[{text(language)}]", said["languages"]),
    ]
    lines = [f"{key} = {value}" + (f"  # {why}" if why else "") for key, value, why in values]
    own = f'[company.words.{language}]\n"Lead" = {text(said["own"])}\n'
    return "\n".join(["[company]", *lines, ""]) + "\n" + _prose(said["words"]) + _unused(own)


def _table(name: str, plain: Plain) -> str:
    if name == "pipelines":
        for pipeline in cast("list[dict[str, Plain]]", plain):
            pipeline.pop("unit")  # what moves through a pipeline need not be said
    return "\n".join(table_lines((name,), plain)) + "\n"


def _prose(prose: str) -> str:
    return "".join(f"# {line}\n" for line in prose.strip().splitlines())


def _unused(toml: str) -> str:
    return "".join(f"#{line}\n" for line in toml.splitlines() if line)


_CALENDAR = """
[calendars.sales]
windows = { "mon-fri" = ["09:00-14:00", "15:00-18:00"] }
holidays = [2026-01-01, 2026-12-25]
"""

_TARGETS = """
[[targets]]
from = 2026-01-01
per = "month"
company = { revenue = 120000, counts = { lead = 400, customer = 20 } }
teams = { south = { revenue = 50000 } }
owners = { "ana@example.com" = { revenue = 20000 } }
"""

_SCORING = """
[scoring.intent]
flip = 25
[[scoring.intent.rules]]
name = "asks for a price"
when = { touched = { kind = "form_submitted", asset = "price*" } }
points = 15
per_day = 1
cap = 30
[[scoring.intent.rules]]
name = "opens an e-mail"
when = { touched = "email_opened" }
points = 1
decay = { half_life = "30 days" }
cap = 5
[[scoring.intent.exclude]]
name = "students"
when = { matches = { field = "email", patterns = "*.edu" } }
[[scoring.fit.rules]]
name = "decides on purchases"
when = { contains = { field = "job_title", words = ["purchasing", "owner"] } }
points = 30
"""

_GRID = """
[grid]
fit = "fit"
engagement = "intent"
grades = [30, 20, 10]
bands = [25, 10, 1]
segments = [{ name = "A1", action = "Call within the hour", owner = "Sales" }]
"""

_SLA = """
[sla]
objectives = { commercial = ["more revenue from better leads"], communication = ["one meeting a week"] }
shared_data = { marketing = ["campaign history"], sales = ["why leads were rejected"] }
review_every = "month"
team_calendars = {}
[sla.qualification]
stage = "mql"
says = "asked for a quotation, and fits the buyer persona"
[sla.acceptance]
stage = "sql"
[[sla.deliveries]]
name = "qualified leads"
measure = "volume"
per = "month"
count = 120
[[sla.deliveries]]
name = "accepted leads"
measure = "acceptance"
per = "month"
at_least = "60 %"
[[sla.terms]]
name = "first response"
kind = "response"
within = "4 hours"
calendar = "sales"
at_least = "90 %"
[[sla.terms]]
name = "first response"
kind = "response"
within = "1 hour"
calendar = "sales"
when = { source = "referral" }
[[sla.terms]]
name = "accept or reject"
kind = "disposition"
within = "2 working days"
calendar = "sales"
[[sla.terms]]
name = "feedback on conversion"
kind = "feedback"
within = "60 days"
"""

_COMMENTS: dict[str, dict[str, str]] = {
    "en": {
        "top": """
What marketing and sales of {company} agreed on. Change it together, and keep every version.
A line that begins with a # and no space is ready to be used: take the # away.
""",
        "zone": "whose days and months are counted",
        "currency": "of targets, and of amounts that name none",
        "fiscal_year_start": "the month in which the fiscal year begins",
        "languages": "of labels and reports, the first by default",
        "words": "Your own words, by the English label that they replace:",
        "own": "Contact",
        "funnel": """
The steps from stranger to customer, and which departments own each (not: who is assigned).
A stage may be entered by what happens: lead_captured, deal_created, deal_won.
kind = "gate" cannot be skipped; kind = "sla" is worked within an agreed max_stay, such as "2 days".
""",
        "pipelines": """
What deals move through inside a stage. Each probability is P(eventually won | in this stage): never
multiply two of them. These are customary figures, not yours: measure before you trust them.
""",
        "sources": """
Who began the relationship: they sought us (seeker), we sought them (search), somebody referred them
(referral). The first rule that matches wins. * is anything; a blank and an unknown word match no rule,
and stay unknown. These words are weak evidence: correct them to what yours mean. For terms that change on
a day, write [[sources]] with from = 2026-07-01, and their rules under [[sources.rules]].
""",
        "calendars": "Working hours, in the company's time zone unless zone says another:",
        "targets": """
What is to be reached in each month, quarter or year: money, and how many enter a stage.
No target is not a target of 0.
""",
        "scoring": """
What changes a lead's score, by how much, and the number at which it is ready. A rule counts touches, or what
a lead is. A number for one campaign names it, and the campaign stands in campaigns = ["…"] at the top.
For terms that change on a day, write [[scoring.intent]] with from = 2026-07-01.
""",
        "grid": """
Two scores, "fit" and "intent" above, make a grid: grades A, B, C and, below, D; bands 1, 2, 3 and 4. What is
done with the leads of a segment, and by whom, is agreed here; the others have a default to start from.
""",
        "sla": """
What marketing and sales promise each other. A delivery is a promise about a period: volume, value,
acceptance, score, conversion or completeness. A term is a clock in working time: response, attempts,
disposition, feedback, follow_up, report_back, reciprocity, stay or handover. Of several of one name, the one
whose when fits a lead counts for it, and the one without when for all others. For terms that change on a
day, write [[sla]] with from = 2026-07-01, and its promises under [[sla.terms]].
""",
    },
    "es": {
        "top": """
Lo que acordaron marketing y ventas de {company}. Cambiadlo juntos y guardad cada versión.
Una línea que empieza por # sin espacio está lista para usarse: quitad el #.
""",
        "zone": "cuyos días y meses se cuentan",
        "currency": "de los objetivos, y de los importes que no digan otra",
        "fiscal_year_start": "el mes en que empieza el año fiscal",
        "languages": "de las etiquetas y los informes; el primero, si no se pide otro",
        "words": "Vuestras propias palabras, por la etiqueta en inglés que sustituyen:",
        "own": "Contacto",
        "funnel": """
Los pasos de desconocido a cliente, y qué departamentos son dueños de cada uno (no: a quién está asignado).
En una etapa se puede entrar por lo que ocurre: lead_captured, deal_created, deal_won.
kind = "gate" no se puede saltar; kind = "sla" se trabaja dentro de una estancia máxima, max_stay, como
"2 days".
""",
        "pipelines": """
Por dónde pasan los negocios dentro de una etapa. Cada probabilidad es P(se gana al final | está en esta
etapa): nunca multipliquéis dos. Son cifras habituales, no las vuestras: medid antes de fiaros.
""",
        "sources": """
Quién empezó la relación: nos buscaron (seeker, solicitante), los buscamos (search, búsqueda) o alguien los
sugirió (referral, sugerencia). Gana la primera regla que coincide. * es cualquier cosa; un campo vacío o
una palabra de "no se sabe" no coincide con ninguna regla. Estas palabras son indicios débiles: corregidlas
según lo que significan las vuestras. Para condiciones que cambian un día, escribid [[sources]] con
from = 2026-07-01 y sus [[sources.rules]].
""",
        "calendars": "Horario de trabajo, en la zona de la empresa si zone no dice otra:",
        "targets": """
Qué hay que alcanzar cada mes (month), trimestre (quarter) o año (year): dinero, y cuántos entran en una
etapa. Que no haya objetivo no es un objetivo de 0.
""",
        "scoring": """
Qué cambia la puntuación de un candidato, cuánto, y el número con el que está listo. Una regla cuenta
contactos (touched) o lo que el candidato es. Un número para una sola campaña la nombra, y la campaña figura
arriba, en campaigns = ["…"]. Para condiciones que cambian un día, escribid [[scoring.intent]] con
from = 2026-07-01.
""",
        "grid": """
Dos puntuaciones, "fit" e "intent" de arriba, forman una rejilla: grados A, B, C y, por debajo, D; bandas 1,
2, 3 y 4. Aquí se acuerda qué se hace con los candidatos de un segmento, y quién; los demás tienen un punto de
partida.
""",
        "sla": """
Lo que marketing y ventas se prometen. Una entrega (deliveries) es una promesa sobre un período: volume
(cuántos), value (cuánto valen), acceptance (aceptados), score, conversion o completeness (datos completos).
Un plazo (terms) es un reloj en tiempo de trabajo: response, attempts, disposition, feedback, follow_up,
report_back, reciprocity, stay o handover. De varios con el mismo nombre vale para un candidato aquel cuyo
when le corresponde, y para los demás el que no tiene when. Para condiciones que cambian un día, escribid
[[sla]] con from = 2026-07-01 y sus [[sla.terms]].
""",
    },
}
