"""From counts to hazards: which ages to take together, and what each nested group lived through.

Buckets hold about equally many ends and reach to the last end ever seen. What lies beyond is the **tail**,
with an exposure of its own: systems keep records open that will never close, and their long silence is
evidence that brings the tail's hazard toward zero.
"""

from __future__ import annotations

__all__ = ["fit_hazards"]
