"""What is said, not how it looks.

Every analysis ends in a `Report`: sections of metrics, tables, charts and notes whose cells are plain typed
values. A renderer decides how a date or a sum of money is written, in the report's language, so the same
report is a terminal page, a web page or a workbook without being made again, and no two renderings disagree.

A chart is drawn *from a table*, which stays beside it: whoever cannot see the drawing, or has nothing to draw
with, reads the same figures.
"""

from smarketing.document._cells import Cell, Column, Kind, Marked, Value
from smarketing.document._chart import Chart, Json
from smarketing.document._charts import bar_chart, funnel_chart, line_chart, step_chart
from smarketing.document._ranges import diagonal_chart, fan_chart, waterfall_chart
from smarketing.document._report import Block, Metric, Note, Report, Section, Tone
from smarketing.document._show import number_of, shown
from smarketing.document._table import Row, Table
from smarketing.document._theme import COLOURS

__all__ = [
    "COLOURS",
    "Block",
    "Cell",
    "Chart",
    "Column",
    "Json",
    "Kind",
    "Marked",
    "Metric",
    "Note",
    "Report",
    "Row",
    "Section",
    "Table",
    "Tone",
    "Value",
    "bar_chart",
    "diagonal_chart",
    "fan_chart",
    "funnel_chart",
    "line_chart",
    "number_of",
    "shown",
    "step_chart",
    "waterfall_chart",
]
