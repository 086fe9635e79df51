"""The register of systems with an index, so that a selector looks only at systems it may select. Not on a gate's path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate

from freeze.calendar.inherit import without_surroundings
from freeze.calendar.selecting import selects
from freeze.model import Selector, System

_SIGNS = frozenset("*?[")


class Register:
    """All systems by id, service and unit."""

    def __init__(self, systems: Iterable[System]) -> None:
        self.systems = {system.id: system for system in systems}
        self._by_id: dict[str, list[str]] = {name: [name] for name in self.systems}
        self._by_service: dict[str, list[str]] = {}
        self._by_unit: dict[str, list[str]] = {}
        for system in self.systems.values():
            self._by_service.setdefault(system.service, []).append(system.id)
            self._by_unit.setdefault(system.unit, []).append(system.id)

    def selected(self, select: Selector) -> list[System]:
        """The systems that ``select`` names, whatever the environment and kind; in the order registered."""
        bare = without_surroundings(select)
        return [self.systems[name] for name in self._candidates(bare) if selects(bare, self.systems[name], "", "")]

    def _candidates(self, select: Selector) -> Iterable[str]:
        """Ids that may fit: by the first narrowing dimension, else all."""
        dimensions = (
            (select.systems, self._by_id),
            (select.services, self._by_service),
            (select.units, self._by_unit),
        )
        for globs, table in dimensions:
            if globs:
                return _found(globs, table)
        return self.systems


def is_glob(text: str) -> bool:
    """Whether ``text`` is more than one exact name."""
    return not _SIGNS.isdisjoint(text)


def _found(globs: Sequence[str], table: Mapping[str, list[str]]) -> list[str]:
    keys: dict[str, None] = {}
    for glob in globs:
        if is_glob(glob):
            fits = re.compile(translate(glob)).match
            keys.update((key, None) for key in table if fits(key))
        elif glob in table:
            keys[glob] = None
    return [name for key in keys for name in table[key]]
