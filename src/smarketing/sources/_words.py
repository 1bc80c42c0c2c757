"""Words that CRMs, web analytics and people commonly use for a source. They are weak evidence."""

from __future__ import annotations

from smarketing.text import fold

RULE_FIELDS = (
    "source_raw",
    "channel",
    "campaign_id",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "referring_site",
    "referred_by",
)
"""The fields of a lead or deal that rules may read, the plainest statement of a source first."""

UNKNOWN_WORDS = (
    *("unknown", "unspecified", "undefined", "not set", "(not set)", "not provided", "(not provided)"),
    *("none", "(none)", "null", "nan", "n/a", "na", "tbd", "-", "--", "?"),
    *("desconocido", "desconocida", "sin especificar", "sin definir", "no definido", "no definida"),
)
"""Words with which systems and people say that they do not know."""

SOUGHT_US = (
    *("organic*", "seo", "paid search*", "sem", "ppc", "direct", "direct traffic", "search engine*"),
    *("website", "web site", "web", "web form*", "contact form*", "inbound*", "social", "social media"),
    *("búsqueda orgánica", "búsqueda de pago", "orgánico", "directo", "tráfico directo", "formulario*"),
    *("página web", "sitio web", "redes sociales"),
)
WE_SOUGHT = (
    *("cold call*", "cold email*", "cold e-mail*", "cold outreach*", "outbound*", "*prospecting*"),
    *("purchased list*", "list purchase*", "llamada en frío", "puerta fría", "prospección*"),
)
REFERRED = (
    *("*referral*", "referred*", "word of mouth", "word-of-mouth", "recommend*"),
    *("referid*", "recomenda*", "boca a boca", "boca-oreja"),
)
WEB_MEDIUMS = ("organic*", "cpc", "ppc", "paid search", "paidsearch", "sem", "seo", "social", "referral")


def comparable(text: str) -> str:
    """The form in which raw words are compared: folded, without the space around them."""
    return fold(text).strip()
