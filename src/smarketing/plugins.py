"""Extensions, found by name: the only place that knows entry points.

A package declares what it adds under the group `smarketing.<kind>` (`renderers`, `stores`, `criteria`,
`mappings`), and it is loaded only when somebody names it. So installing a package never changes a figure, and
two packages that claim one name are an error that names both instead of a race.

    [project.entry-points."smarketing.renderers"]
    slides = "acme_slides:SlidesRenderer"
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from smarketing.errors import UnknownNameError, did_you_mean

__all__ = ["find", "names"]


def names(kind: str) -> tuple[str, ...]:
    """The names that installed packages declare for a kind of extension, sorted; nothing is loaded.

    Example:
        >>> "html" in names("renderers")
        True
    """
    return tuple(sorted({entry.name for entry in _declared(kind)}))


def find(kind: str, name: str) -> object:
    """Load the extension of that kind and name.

    Raises:
        UnknownNameError: Nothing answers to the name, or two packages do.

    Example:
        >>> find("renderers", "htlm")
        Traceback (most recent call last):
        smarketing.errors.UnknownNameError: nothing in renderers is named 'htlm' (did you mean 'html'?)...
    """
    claims = [entry for entry in _declared(kind) if entry.name == name]
    if not claims:
        known = names(kind)
        choice = f"; known: {', '.join(known)}" if known else ""
        raise UnknownNameError(
            f"nothing in {kind} is named {name!r}{did_you_mean(name, known)}{choice}. "
            f"Installed packages declare names under the entry-point group 'smarketing.{kind}'"
        )
    if len(claims) > 1:
        claimants = " and ".join(sorted(f"{_package(entry)} ({entry.value})" for entry in claims))
        raise UnknownNameError(
            f"two packages declare {name!r} in {kind}: {claimants}. Uninstall one, or pass the object itself"
        )
    return claims[0].load()


def _declared(kind: str) -> list[EntryPoint]:
    return list(entry_points(group=f"smarketing.{kind}"))


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unnamed package"
