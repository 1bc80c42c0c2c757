"""The renderer keeps what every renderer promises."""

from __future__ import annotations

from smarketing.document import Column, Report, Section, Table
from smarketing.renderers import Renderer, render
from smarketing.testing import RendererContract

from smarketing_acme.renderer import CsvRenderer


class TestCsv(RendererContract):
    def make_renderer(self) -> Renderer:
        return CsvRenderer()


def test_it_is_found_by_its_name_and_takes_its_options() -> None:
    table = Table([Column("Origen"), Column("Ingresos", "number")], [("=1+1", 1234.5), ("Feria", None)])
    report = Report(title="Revisión", language="es", sections=[Section("Fuentes", [table])])
    rendered = render(report, "acme-csv", delimiter=";")
    assert rendered.content == ("Revisión\r\n\r\nFuentes\r\nOrigen;Ingresos\r\n'=1+1;1.234,5\r\nFeria;–\r\n")
    assert rendered.suffix == ".csv"
