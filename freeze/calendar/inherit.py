"""How a freeze spreads: from a system to its parts and to what it stands on. Pure.

A window on a system reaches its parts (``part_of``, all the way down) and whatever it stands on, and theirs. So the
windows of a target are its own, those of its ancestors, and those of everything that stands on it. A construction
window (allow) spreads to parts only: that a system standing on a shared database may be worked on does not open the
database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from freeze.calendar.selecting import selects
from freeze.model import Selector, System, Window
from freeze.policy import Hit
from zhongbao_core.approval.subject import Target

Above = Mapping[str, tuple[str, ...]]
"""System to those it inherits from directly, in order of id."""


def inherits_from(systems: Iterable[System]) -> tuple[Above, Above]:
    """(all, parents only): for each system, the systems whose windows reach it directly."""
    known = {system.id: system for system in systems}
    everything: dict[str, set[str]] = {name: set() for name in known}
    parents: dict[str, tuple[str, ...]] = dict.fromkeys(known, ())
    for system in known.values():
        if system.part_of in known:
            everything[system.id].add(system.part_of)
            parents[system.id] = (system.part_of,)
        for needed in system.stands_on:
            if needed in known:
                everything[needed].add(system.id)
    return {name: tuple(sorted(found)) for name, found in everything.items()}, parents


def chains(system: str, above: Above) -> dict[str, tuple[str, ...]]:
    """Every system whose windows reach ``system``, itself first, each with the shortest way down to it."""
    found: dict[str, tuple[str, ...]] = {system: (system,)}
    queue = deque([system])
    while queue:
        here = queue.popleft()
        for other in above.get(here, ()):
            if other not in found:
                found[other] = (other, *found[here])
                queue.append(other)
    return found


def without_surroundings(select: Selector) -> Selector:
    """``select`` without its environment and kind dimensions: those depend on the question, not on the system."""
    from dataclasses import replace  # not on a gate's path

    bare = replace(select, environments=(), kinds=())
    return replace(bare, everything=True) if bare == Selector() else bare


def environment_fits(window: Window, system: System, environment: str) -> bool:
    """Whether the environment dimension of ``window`` takes in ``environment`` of ``system``.

    An environment that the system does not list counts as taken in: a freeze is not escaped by a new name.
    """
    globs = window.select.environments
    if not globs or environment not in system.environments:
        return True
    return selects(Selector(environments=globs), system, environment, "")


class Reach:
    """Which windows reach which system; built once for all systems, used by the compiler and by checks."""

    def __init__(self, systems: Iterable[System], windows: Iterable[Window]) -> None:
        from freeze.calendar.register import Register

        self.register = Register(systems)
        self._systems = self.register.systems
        self._windows = tuple(windows)
        self._all, self._parents = inherits_from(self._systems.values())
        self.everywhere = tuple(w for w in self._windows if w.select.everything)
        """Windows that reach every system, in the order written."""
        self._picked = self._pick()

    def _pick(self) -> dict[str, list[int]]:
        """System to the numbers of the windows that select it directly."""
        picked: dict[str, list[int]] = {}
        for number, window in enumerate(self._windows):
            if not window.select.everything:
                for system in self.register.selected(window.select):
                    picked.setdefault(system.id, []).append(number)
        return picked

    def hits(self, system: str) -> tuple[Hit, ...]:
        """Windows that reach ``system`` in any environment, in the order written; each by its shortest way."""
        found: dict[int, tuple[str, ...]] = {}
        for above, effect in ((self._all, "deny"), (self._parents, "allow")):
            for name, chain in chains(system, above).items():
                for number in self._picked.get(name, ()):
                    if self._windows[number].effect == effect:
                        found.setdefault(number, chain)
        return tuple(Hit(self._windows[number], found[number]) for number in sorted(found))

    def windows_for(self, target: Target) -> tuple[Hit, ...]:
        """What ``Policy.windows_for`` promises, from the loaded domain: the reference for the compiled file."""
        system = self._systems.get(target.system)
        if system is None:
            return ()
        return ordered(
            [*(Hit(window, (system.id,)) for window in self.everywhere), *self.hits(system.id)],
            system,
            target.environment,
        )


def ordered(hits: Iterable[Hit], system: System, environment: str) -> tuple[Hit, ...]:
    """Those of ``hits`` whose environment fits, deny before allow, then by id."""
    fitting = [hit for hit in hits if environment_fits(hit.window, system, environment)]
    return tuple(sorted(fitting, key=lambda hit: (hit.window.effect != "deny", hit.window.id)))
