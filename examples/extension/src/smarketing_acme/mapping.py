"""What the columns of Acme's CRM mean: one value, read from the file beside this one."""

from __future__ import annotations

from importlib.resources import files

from smarketing.crm import CrmMapping, load_mapping

__all__ = ["MAPPING"]

MAPPING: CrmMapping = load_mapping((files("smarketing_acme") / "mapping.toml").read_text("utf-8"))
