"""What was agreed of a sales pipeline: its stages, and what each is worth before anything was seen."""

from __future__ import annotations

from smarketing.funnel import Funnel

__all__ = ["agreed_shares", "final_places"]


def final_places(pipeline: Funnel | None) -> list[str]:
    """The places of a pipeline in which no deal is open: the last stage, and the detours."""
    agreed = pipeline or Funnel.classic_pipeline()
    return [agreed.stages[-1].name, *(detour.name for detour in agreed.detours)]


def agreed_shares(pipeline: Funnel | None) -> tuple[dict[str, float], float]:
    """The agreed probability of each stage, and that of a stage of which nothing was agreed: their mean."""
    classic = Funnel.classic_pipeline()
    agreed, usual = _shares(pipeline or classic), _shares(classic)
    known = agreed or usual
    return agreed, sum(known.values()) / len(known)


def _shares(pipeline: Funnel) -> dict[str, float]:
    final = final_places(pipeline)
    return {
        stage.name: stage.probability.ppm / 1_000_000
        for stage in pipeline
        if stage.probability is not None and stage.name not in final
    }
