"""Estimates from counts: rates, ages at which things end, hazards, and integers that add up.

This room knows nothing of leads, deals or tables. It takes counts (one `group_by` of any engine) and returns
small frozen results in plain Python, each able to say how sure it is:

- `Rate`: so many of so many, with Jeffreys' interval.
- `cumulative_incidence`: the share ended by each cause up to each age, from `RiskCounts`.
- `fit_hazards`: the chance to end soon, by age and nested group, with honest shrinkage where data are few.
- `fit_levels`: what each level of each feature adds to the odds; `auc`, `log_loss`, `calibration`: how well.
- `inverse_mean`, `product_interval`: several rates in a row, with their uncertainty.
- `largest_remainder`, `round_half_up`: exact splitting and rounding.
"""

from smarketing.estimates._beta import beta_quantile
from smarketing.estimates._fit import bucket_starts, fit_hazards
from smarketing.estimates._hazards import HazardCell, HazardLine, HazardsData, ShrunkHazards
from smarketing.estimates._incidence import IncidenceCurve, cumulative_incidence
from smarketing.estimates._levels import LevelFit, fit_levels, probability_of
from smarketing.estimates._products import inverse_mean, product_interval
from smarketing.estimates._ranking import (
    Auc,
    CalibrationRow,
    auc,
    calibration,
    log_loss,
    student_quantile,
)
from smarketing.estimates._rates import Interval, Rate
from smarketing.estimates._risks import RiskCounts
from smarketing.estimates._rounding import largest_remainder, round_half_up

__all__ = [
    "Auc",
    "CalibrationRow",
    "HazardCell",
    "HazardLine",
    "HazardsData",
    "IncidenceCurve",
    "Interval",
    "LevelFit",
    "Rate",
    "RiskCounts",
    "ShrunkHazards",
    "auc",
    "beta_quantile",
    "bucket_starts",
    "calibration",
    "cumulative_incidence",
    "fit_hazards",
    "fit_levels",
    "inverse_mean",
    "largest_remainder",
    "log_loss",
    "probability_of",
    "product_interval",
    "round_half_up",
    "student_quantile",
]
