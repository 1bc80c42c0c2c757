"""Which of HubSpot's own properties are which field of a fact.

A property named here is read wherever it is; one that nobody names is told once, so that a company's own
properties are made traits, mapped, or ignored knowingly. `IGNORED` names those of HubSpot's own that say
nothing a fact could hold: counters and dates that HubSpot computes from the very records that are read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FIELDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "contacts": {
            "associatedcompanyid": "account_id",
            "hs_analytics_first_touch_converting_campaign": "campaign_id",
            "hubspot_owner_id": "owner_id",
            "hs_persona": "persona",
            "hs_analytics_source": "source_raw",
            "utm_source": "utm_source",
            "utm_medium": "utm_medium",
            "utm_campaign": "utm_campaign",
            "first_conversion_event_name": "asset",
            "hs_analytics_first_url": "landing_page",
            "email": "email",
            "phone": "phone",
            "jobtitle": "job_title",
            "company": "company",
            "address": "postal_address",
            "city": "city",
            "state": "region",
            "country": "country",
        },
        "companies": {
            "hs_parent_company_id": "parent_id",
            "hubspot_owner_id": "owner_id",
            "name": "name",
            "industry": "industry",
            "domain": "website",
            "city": "city",
            "state": "region",
            "country": "country",
            "numberofemployees": "employees_count",
            "annualrevenue": "revenue_minor",
            "hs_annual_revenue_currency_code": "currency",
        },
        "deals": {
            "hubspot_owner_id": "owner_id",
            "dealname": "name",
            "hs_analytics_source": "source_raw",
            "amount": "amount_minor",
            "deal_currency_code": "currency",
            "closedate": "expected_close_on",
        },
        "campaigns": {
            "hs_name": "name",
            "hs_goal": "objective",
            "hs_audience": "persona",
            "hs_owner": "owner_id",
            "hs_start_date": "starts_on",
            "hs_end_date": "ends_on",
            "hs_budget_items_sum_amount": "budget_minor",
            "hs_currency_code": "currency",
        },
    }
)
"""By kind of object: HubSpot's property, and the field of the fact that it fills."""

SPECIAL: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "contacts": frozenset(
            (
                "createdate",
                "lastmodifieddate",
                "hs_lastmodifieddate",
                "firstname",
                "lastname",
                "lifecyclestage",
                "hs_lead_status",
                "hs_email_optout",
                "hs_merged_object_ids",
                "hs_calculated_merged_vids",
                "hs_analytics_source_data_1",
                "hs_analytics_source_data_2",
                "hubspot_owner_assigneddate",
                "hubspot_team_id",
            )
        ),
        "companies": frozenset(("createdate", "hs_lastmodifieddate", "hs_merged_object_ids")),
        "deals": frozenset(
            (
                "createdate",
                "hs_lastmodifieddate",
                "dealstage",
                "pipeline",
                "closed_lost_reason",
                "closed_won_reason",
                "hs_merged_object_ids",
                "hubspot_owner_assigneddate",
                "hubspot_team_id",
                "hs_manual_forecast_category",
                "hs_analytics_source_data_1",
                "hs_analytics_source_data_2",
            )
        ),
        "campaigns": frozenset(("hs_lastmodifieddate", "hs_createdate", "createdate")),
    }
)
"""Properties that are read by name: stages, owners, consents, merges, and the clocks."""

IGNORED: tuple[str, ...] = (
    *("hs_*", "num_*", "notes_*", "recent_*", "engagements_*", "days_to_close", "total_revenue"),
    *("first_conversion_date", "first_deal_created_date", "currentlyinworkflow", "hubspotscore"),
    *("ip_*", "followercount", "linkedinconnections", "kloutscoregeneral", "webinareventlastupdated"),
    *("surveymonkeyeventlastupdated", "blog_*", "amount_in_home_currency", "hubspot_owner_assigneddate"),
    *("salutation", "fax", "zip", "address2", "mobilephone", "description", "dealtype", "message"),
    *("website", "photo", "twitter*", "facebook*", "linkedin*", "about_us", "timezone", "founded_year"),
    *("closed_lost_reason", "closed_won_reason", "hubspot_team_id", "createdate", "lifecyclestage"),
)
"""Patterns of HubSpot's own properties that fill no field; name one under `traits` to keep it."""
