"""The example company's surroundings: what it sells, to whom, through which channels, with which people.

Brisa makes ventilation systems in Spain and sells them to other companies. Everybody in it is invented:
names are common ones combined at random, e-mail addresses live under `example.com`, and telephone numbers in
the range that is reserved for fiction.
"""

from __future__ import annotations

from datetime import date

import attrs

ZONE = "Europe/Madrid"
CURRENCY = "EUR"
STARTS_ON = date(2024, 1, 1)
ENDS_ON = date(2026, 1, 1)  # the first day that the export no longer knows
DAY_COUNT = (ENDS_ON - STARTS_ON).days


@attrs.frozen
class Way:
    """One way by which people come: a true source, a channel, and the words that the CRM keeps of both."""

    source: str
    channel: str
    word: str
    utm_source: str
    utm_medium: str
    site: str
    weight: float


# A channel is no source: social, phone and event each bring people of several sources.
WAYS = (
    Way("seeker", "organic search", "Organic Search", "", "", "www.google.com", 0.36),
    Way("seeker", "paid search", "Google Ads", "google", "cpc", "www.google.com", 0.27),
    Way("seeker", "social", "Social media", "linkedin", "social", "www.linkedin.com", 0.15),
    Way("seeker", "direct", "Website", "", "", "", 0.14),
    Way("seeker", "phone", "Inbound call", "", "", "", 0.08),
    Way("search", "email", "Prospecting", "outreach", "email", "", 0.35),
    Way("search", "phone", "Cold call", "", "", "", 0.30),
    Way("search", "social", "LinkedIn outreach", "linkedin", "message", "www.linkedin.com", 0.20),
    Way("search", "event", "Trade fair", "", "", "", 0.15),
    Way("referral", "referral", "Customer referral", "", "", "", 0.50),
    Way("referral", "partner", "Partner", "partner", "referral", "partners.example.com", 0.30),
    Way("referral", "event", "Word of mouth", "", "", "", 0.20),
)


@attrs.frozen
class Effort:
    """A campaign of marketing: which words it captures, between which months, and what a month costs."""

    id: str
    name: str
    objective: str
    words: tuple[str, ...]
    tool: str
    direction: str
    channel: str
    persona: str
    first_month: int
    last_month: int  # both counted from 0 at January 2024, inclusive
    monthly_minor: int


_SEARCH_WORDS = ("Organic Search", "Website")

EFFORTS = (
    Effort("C-01", "Guía del aire limpio", "leads", _SEARCH_WORDS, "public relations", "pull",
           "organic search", "operations", 0, 23, 95_000),
    Effort("C-02", "Fresh air calculator", "leads", _SEARCH_WORDS, "direct marketing", "pull",
           "organic search", "purchasing", 9, 23, 60_000),
    Effort("C-03", "Google Ads, brand", "leads", ("Google Ads",), "advertising", "pull",
           "paid search", "owner", 0, 23, 240_000),
    Effort("C-04", "Google Ads, competitors", "leads", ("Google Ads",), "advertising", "pull",
           "paid search", "purchasing", 3, 14, 310_000),
    Effort("C-05", "Oficinas que respiran", "reach", ("Social media",), "advertising", "push",
           "social", "owner", 1, 17, 180_000),
    Effort("C-06", "Stories from the plant", "reach", ("Social media",), "public relations", "pull",
           "social", "engineer", 12, 23, 120_000),
    Effort("C-07", "Radio Levante", "reach", ("Inbound call", "Website"), "advertising", "push",
           "offline", "owner", 4, 9, 260_000),
    Effort("C-08", "Outreach to food plants", "meetings", ("Prospecting", "Cold call"), "personal selling",
           "push", "email", "operations", 0, 23, 150_000),
    Effort("C-09", "Outreach to schools", "meetings", ("Cold call", "LinkedIn outreach"), "personal selling",
           "push", "phone", "purchasing", 8, 23, 110_000),
    Effort("C-10", "Climatización 2024, Madrid", "meetings", ("Trade fair", "Word of mouth"),
           "personal selling", "push", "event", "engineer", 9, 11, 900_000),
    Effort("C-11", "Climatización 2025, Madrid", "meetings", ("Trade fair", "Word of mouth"),
           "personal selling", "push", "event", "engineer", 21, 23, 980_000),
    Effort("C-12", "Clientes que recomiendan", "referrals", ("Customer referral", "Word of mouth"),
           "sales promotion", "pull", "referral", "owner", 0, 23, 40_000),
    Effort("C-13", "Installers' club", "referrals", ("Partner",), "sales promotion", "pull",
           "partner", "engineer", 6, 23, 75_000),
)  # fmt: skip

PERSONAS = ("operations", "purchasing", "owner", "engineer")
JOB_TITLES = {
    "operations": ("Operations manager", "Plant manager", "Jefa de planta"),
    "purchasing": ("Head of purchasing", "Buyer", "Responsable de compras"),
    "owner": ("Owner", "Gerente", "Managing director"),
    "engineer": ("Maintenance engineer", "HVAC engineer", "Ingeniera de proyectos"),
}


@attrs.frozen
class Product:
    """Something that the company sells, at list price and cost, in cents."""

    name: str
    family: str
    list_minor: int
    cost_minor: int


PRODUCTS = (
    Product("AirOne", "Compact", 128_000, 71_000),
    Product("AirPro", "Compact", 385_000, 205_000),
    Product("AirPlant", "Industrial", 1_450_000, 840_000),
    Product("AirCare", "Service", 96_000, 31_000),
)

SCOUTS = ("lucia.gil", "tom.baker", "nerea.sanz")
"""Those who answer and qualify leads before a seller takes over."""

SELLERS = (
    ("ana.ruiz", "North"),
    ("jon.etxe", "North"),
    ("marta.vidal", "North"),
    ("luis.pena", "North"),
    ("carmen.soto", "South"),
    ("david.reed", "South"),
    ("ines.mora", "South"),
    ("pablo.cano", "South"),
)
"""Sellers with their teams."""

FIRST_NAMES = (
    "Ana", "Luis", "Carmen", "José", "Marta", "Pablo", "Lucía", "Javier", "Elena", "Iñaki", "Begoña",
    "Miguel", "Sofía", "Andrés", "Núria", "Jorge", "Alba", "Raúl", "Irene", "Óscar", "Emma", "James",
    "Olivia", "George", "Grace", "Harry", "Alice", "Oliver", "Ruby", "Samuel",
)  # fmt: skip
LAST_NAMES = (
    "García", "Muñoz", "López", "Núñez", "Pérez", "Ibáñez", "Sánchez", "Peña", "Romero", "Agüero", "Torres",
    "Vidal", "Castro", "Ortega", "Navarro", "Rubio", "Iglesias", "Herrero", "Molina", "Serrano", "Smith",
    "Taylor", "Brown", "Walker", "Wright", "Green", "Hughes", "Clarke", "Cooper", "Ward",
)  # fmt: skip
FIRMS = (
    "Talleres Norte", "Panadería La Espiga", "Colegio San Blas", "Hotel Mirador", "Conservas Ría",
    "Clínica Delta", "Aceros Ebro", "Logística Sur", "Bodegas Alcor", "Imprenta Luz", "Textil Duero",
    "Harbour Foods", "Meridian Labs", "Oakfield School", "Brightside Hotels", "Kestrel Logistics",
    "Northgate Clinics", "Willow Bakery", "Anvil Works", "Lakeside Offices",
)  # fmt: skip
INDUSTRIES = ("manufacturing", "food", "education", "hospitality", "health", "logistics", "retail")
CITIES = (
    ("Madrid", "Madrid"),
    ("Bilbao", "País Vasco"),
    ("València", "Comunitat Valenciana"),
    ("Sevilla", "Andalucía"),
    ("A Coruña", "Galicia"),
    ("Zaragoza", "Aragón"),
)

DISQUALIFIED_REASONS = ("student", "no budget", "out of area", "wrong contact data", "competitor")
RECYCLED_REASONS = ("not now", "content with supplier", "waiting for budget")
LOST_REASONS = ("price", "content with supplier", "no decision", "competitor", "delivery time")
WON_REASONS = ("fit", "price", "reference", "service")
COMPETITORS = ("Ventia", "Aerix", "Norclima")
