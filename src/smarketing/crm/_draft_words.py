"""The words that exports use for their columns and values, in English, Spanish and Portuguese.

They decide nothing: a drafted mapping is read and corrected by a person, and each guess is marked as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping


def plain(text: str) -> str:
    """A header as it is compared: no accents, no case, single spaces between words.

    Example:
        >>> plain("Fecha_de Creación"), plain("closeDate")
        ('fecha de creacion', 'close date')
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    letters = unicodedata.normalize("NFKD", parted).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", letters.casefold()))


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Lines of `meaning: word, word`; a line without a meaning goes on with the one before."""
    entries = (" ".join(entry.split()) for entry in re.split(r"\n(?=\s*\w+: )", text.strip()))
    parted = (entry.partition(": ") for entry in entries)
    return {meaning: tuple(words.split(", ")) for meaning, _, words in parted}


def _meanings(text: str) -> dict[str, str]:
    return {word: meaning for meaning, words in _table(text).items() for word in words}


HEADERS: Mapping[str, tuple[str, ...]] = _table("""
    email: email, e mail, mail, correo, correo electronico, email address, endereco de email
    phone: phone, mobile, telephone, phone number, telefono, movil, celular, telefone
    name: name, full name, nombre, nombre completo, nome, nome completo, deal name, opportunity name,
        account name, company name, contact name
    job_title: job title, title, role, cargo, puesto
    company: company, empresa, organization, organisation, compania
    city: city, ciudad, cidade
    region: region, state, province, provincia, estado, territory, regional office, regiao
    country: country, pais, office location
    industry: industry, sector, industria, setor
    website: website, web site, domain, sitio web, pagina web, site
    employees_count: employees, number of employees, empleados, numero de empleados, funcionarios
    revenue_minor: revenue, annual revenue, facturacion, ingresos, receita, faturamento
    parent_id: parent, parent id, parent account, subsidiary of, matriz
    source_raw: source, lead source, origin, original source, fuente, origen, origem, fonte
    channel: channel, canal, medium, medio
    campaign_id: campaign, campaign id, campana, campanha
    owner_id: owner, owner id, sales agent, sales rep, rep, assigned to, sr id, vendedor, comercial,
        responsable, propietario, responsavel, agent, seller
    team: team, manager, equipo, equipe, time
    landing_page: landing page, landing page id, pagina de destino, landing
    persona: persona, buyer persona
    product: product, producto, produto, product name
    product_family: series, product family, family, linea, familia, linha
    list_minor: list price, sales price, price, precio, precio de lista, preco
    amount_minor: amount, value, close value, deal value, deal amount, importe, monto, valor,
        opportunity amount, expected revenue, total
    currency: currency, moneda, divisa, moeda, currency code, currency iso code
    probability_share: probability, probabilidad, probabilidade, win probability
    expected_close_on: expected close, expected close date, cierre previsto, fecha prevista de cierre,
        previsao de fechamento
    reason: reason, lost reason, loss reason, motivo, razon, motivo de perdida
    stage: stage, deal stage, status, lead status, lifecycle stage, etapa, estado del trato, fase, stage
        name, pipeline stage, estagio
    created_at: created, created at, create date, created date, creation date, date created, fecha de
        creacion, fecha creacion, fecha de alta, creado, data de criacao, first contact date, first
        contact, engage date, opened, open date, start date, primer contacto, fecha, date, data, opened
        at, entry date, timestamp
    closed_at: closed, close date, closed at, closed date, won date, fecha de cierre, cerrado, fecha
        cierre, data de fechamento, close, fecha de venta, closing date
    known_at: modified, updated, last modified, updated at, modified at, last modified date, fecha de
        modificacion, actualizado, data de modificacao, system modstamp
""")
"""What a header may mean. `created_at` and `closed_at` date the facts of a row."""

TABLES: Mapping[str, tuple[str, ...]] = _table("""
    lead: lead, contact, candidato, contacto, prospect, mql, prospecto, contato
    deal: deal, opportunity, opportunities, pipeline, closing, oportunidad, oportunidade, negocio, trato
    account: account, company, companies, cuenta, empresa, cliente, conta, customer
    campaign: campaign, campana, campanha
""")
"""What the name of a file, or of its id, says that its rows are."""

OUTCOMES: Mapping[str, str] = _meanings("""
    won: won, closed won, ganado, ganada, ganho, ganha, cerrado ganado, fechado ganho, vendido
    lost: lost, closed lost, perdido, perdida, cerrado perdido, fechado perdido
""")
"""Words for how a deal ended."""

LEAD_STAGES: Mapping[str, str] = _meanings("""
    prospect: visitor, prospect, subscriber
    lead: lead, new, nuevo, novo, candidato
    mql: mql, marketing qualified, marketing qualified lead, marketingqualifiedlead
    sql: sql, sales qualified, sales qualified lead, salesqualifiedlead
    opportunity: opportunity, oportunidad, oportunidade
    customer: customer, cliente, converted
    lost: lost
    disqualified: disqualified, unqualified, descartado
    recycled: recycled, nurture
""")
"""Words for the stages of the default funnel."""
