"""Whether a selector reaches a target: AND across its dimensions, OR inside one, globs in each.

Labels are those of the registered system: what the asker writes on his own change must not exempt it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from freeze.model import Selector, System


def selects(select: Selector, system: System, environment: str, kind: str) -> bool:
    """Whether ``select`` speaks of ``kind`` of change to ``system`` in ``environment``.

    A selector that says nothing selects nothing, except where it says ``everything``; even then its kinds narrow it.
    """
    if select.kinds and not _any(select.kinds, kind):
        return False
    if select.everything:
        return True
    dimensions = (
        (select.systems, system.id),
        (select.services, system.service),
        (select.environments, environment),
        (select.units, system.unit),
    )
    spoken = [(globs, value) for globs, value in dimensions if globs]
    if not spoken and not select.labels:
        return False
    return all(_any(globs, value) for globs, value in spoken) and _labels(select, system.labels)


def _any(globs: tuple[str, ...], value: str) -> bool:
    return any(fnmatchcase(value, glob) for glob in globs)


def _labels(select: Selector, labels: Mapping[str, str]) -> bool:
    """Each key named must be there with one of the values named for it."""
    wanted: dict[str, list[str]] = {}
    for key, glob in select.labels:
        wanted.setdefault(key, []).append(glob)
    return all(key in labels and _any(tuple(globs), labels[key]) for key, globs in wanted.items())
