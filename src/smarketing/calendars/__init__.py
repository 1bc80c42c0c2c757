"""Working time, as the difference of one clock that runs only while the office is open.

A moment is open if the clock on the office wall then shows a time inside one of its windows; a window belongs
to the local day on which it starts, and a holiday takes away the windows that start on it. So an overnight
window "22:00-06:00" lasts seven hours in the night in which clocks go forward, and nine when they go back.

Working time is `clock(end) - clock(start)`, where `clock(t)` is the working time up to t in closed form: on
the wall's own axis a week pattern repeats, less the holidays (a bisection); each change of clocks adds what
the wall showed twice, or takes what it skipped. Ten years cost what a day does.
"""

from __future__ import annotations

from smarketing.calendars._calendar import BusinessCalendar, DayRow

__all__ = ["BusinessCalendar", "DayRow"]
