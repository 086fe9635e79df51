"""What holds for a change at an instant: level, windows, treatment. Pure.

The whole span [at, at + duration) is judged, never the start alone. The level is the strictest of the event's
phases and of the deny windows that reach any target. Deny windows of either tier bind. Allow windows follow Argo's
rule, once per tier: where a target has allow windows of a tier, work that is not an emergency must lie inside them
at every instant; so a unit's allow window can narrow what the company allows and never widen it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from freeze.calendar.intervals import FOREVER, TICK, Pair, covers, merge, to_pair, to_span
from freeze.calendar.spans import SpanCache, check_range, unknown_day
from freeze.model import Treatment, Window
from freeze.policy import Hit, Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span
from zhongbao_core.event import Event, Level, Phase

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple, dataclass

_STEPS = 400
"""How many phases and windows the end of what holds is followed through."""
_LONGEST = timedelta(days=366_000)


class Active(NamedTuple):
    """A window that spoke: how it reaches the target, and the whole interval it holds (None: closed all through)."""

    hit: Hit
    target: Target
    span: Span | None

    @property
    def window(self) -> Window:
        """The window itself."""
        return self.hit.window

    @property
    def via(self) -> tuple[str, ...]:
        """Chain of system ids from the one selected to the target."""
        return self.hit.via


class TargetStanding(NamedTuple):
    """One target's own level and what that level does to the change."""

    target: Target
    level: Level
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the calendar says about a change over [at, end)."""

    at: datetime
    end: datetime
    level: Level
    label: str
    """The company's own label of the level; empty where it has none."""
    phase: Phase | None
    """The strictest phase the span touches; the first of equals."""
    denies: tuple[Active, ...]
    allows: tuple[Active, ...]
    """Allow windows that cover part of the span."""
    closed_allows: tuple[Active, ...]
    """Allow windows the work should lie inside and does not; always empty for an emergency."""
    conflict_from: datetime | None
    """When inside the span a stricter level begins than the one at its start."""
    treatment: Treatment
    """What the strictest level does to the change as a whole."""
    per_target: tuple[TargetStanding, ...]
    unknown: tuple[Target, ...]
    """Targets that are no known system in a known environment of it; whoever decides holds them."""
    ends: datetime | None
    """First instant at which nothing of this level or stricter holds any more; None with no freeze or an open end."""
    ends_known: bool

    @property
    def treatments(self) -> dict[Target, Treatment]:
        """What each target's own level does to the change; where no rule fits inside a freeze, a block."""
        return {item.target: item.treatment for item in self.per_target}


class Reach(NamedTuple):
    """Windows that reach the targets of a change, by effect, each once per target."""

    denies: tuple[tuple[Hit, Target], ...]
    allows: tuple[tuple[Hit, Target], ...]


def standing(
    policy: Policy,
    targets: Sequence[Target],
    kind: str,
    change_class: str,
    labels: Mapping[str, str],
    at: datetime,
    duration: timedelta,
    *,
    cache: SpanCache | None = None,
) -> Standing:
    """What holds for such a change to ``targets`` over [at, at + duration); at least the instant ``at``.

    ``labels`` of the change are no way out of a window: the label dimension is that of the systems, so they are
    taken and not used. ``cache`` only saves time; a policy that keeps one as ``span_cache`` needs none. Raises
    CalendarDataError where the answer depends on holiday data nobody has supplied.
    """
    cache = cache_of(policy, cache)
    end = _end(at, duration)
    reach = reach_of(policy, targets, kind)
    denies, unsure = _covering(reach.denies, cache, at, end)
    event = policy.event
    phases = [] if event is None else [item for item in event.phases if item.span.overlaps(Span(at, end))]
    levels = [(phase.level, to_pair(phase.span)) for phase in phases]
    levels += [(active.window.level, pair) for active, pair in denies]
    level = max((item[0] for item in levels), default=Level.NONE)
    treatment = treatment_for(policy, level, kind, change_class)
    _refuse_unsure_deny(policy, unsure, level, treatment, kind, change_class)
    allows, closed = _allowed(reach.allows, cache, at, end, treatment, change_class)
    ends = _until(event, reach.denies, cache, level, levels, at)
    return Standing(
        at=at,
        end=end,
        level=level,
        label=label_of(event, phases, level),
        phase=max(phases, key=lambda item: item.level) if phases else None,
        denies=tuple(active for active, _ in denies),
        allows=allows,
        closed_allows=closed,
        conflict_from=_conflict(levels, at),
        treatment=treatment,
        per_target=_per_target(policy, targets, phases, denies, kind, change_class),
        unknown=tuple(target for target in targets if policy.system(target.system) is None),
        ends=None if ends == FOREVER else ends,
        ends_known=ends != FOREVER,
    )


def cache_of(policy: Policy, cache: SpanCache | None) -> SpanCache:
    """The caller's cache, else the one the loaded policy keeps (``span_cache``), else a new one."""
    kept: SpanCache | None = cache if cache is not None else getattr(policy, "span_cache", None)
    return kept if kept is not None else SpanCache(lambda: policy.holidays)


def _end(at: datetime, duration: timedelta) -> datetime:
    """The end of the span, one tick at least after its start. Raises CannotTellError beyond what is reckoned."""
    check_range(at, at)
    end = at + min(max(duration, TICK), _LONGEST)
    check_range(at, end)
    return end


def reach_of(policy: Policy, targets: Iterable[Target], kind: str) -> Reach:
    """The windows that reach ``targets`` and speak of ``kind``; one that comes by several ways by its shortest."""
    denies: list[tuple[Hit, Target]] = []
    allows: list[tuple[Hit, Target]] = []
    for target in targets:
        for hit in _shortest(policy.windows_for(target)):
            if kind_matches(hit.window.select.kinds, kind):
                (denies if hit.window.effect == "deny" else allows).append((hit, target))
    return Reach(tuple(denies), tuple(allows))


def _shortest(hits: Sequence[Hit]) -> Iterable[Hit]:
    by_id: dict[str, Hit] = {}
    for hit in hits:
        known = by_id.get(hit.window.id)
        if known is None or len(hit.via) < len(known.via):
            by_id[hit.window.id] = hit
    return by_id.values()


def kind_matches(patterns: tuple[str, ...], kind: str) -> bool:
    """Whether a selector's kind dimension lets ``kind`` in: no patterns, or one that fits (globs)."""
    return not patterns or fits(patterns, kind)


def fits(patterns: tuple[str, ...], word: str) -> bool:
    """Whether one of ``patterns`` fits ``word``; an empty list fits nothing."""
    return word in patterns or any(fnmatchcase(word, pattern) for pattern in patterns)


def treatment_for(policy: Policy, level: Level, kind: str, change_class: str) -> Treatment:
    """The first treatment that fits. None fits: free outside any freeze, blocked and stopped inside one."""
    for item in policy.treatments:
        if item.level == level and fits(item.kinds, kind) and fits(item.classes, change_class):
            return item
    return Treatment(level, (kind,), (change_class,), "allow" if level == Level.NONE else "block")


def label_of(event: Event | None, phases: Sequence[Phase], level: Level) -> str:
    """The company's label of ``level``: of a phase in force, else of any phase of that level."""
    every = event.phases if event is not None else ()
    return next((item.label for item in (*phases, *every) if item.level == level and item.label), "")


def allow_groups(allows: Iterable[tuple[Hit, Target]]) -> dict[tuple[Target, str], list[Hit]]:
    """Allow windows by target and tier: work must lie inside each group."""
    groups: dict[tuple[Target, str], list[Hit]] = {}
    for hit, target in allows:
        groups.setdefault((target, hit.window.tier), []).append(hit)
    return groups


_Unsure = list[tuple[Window, Pair]]


def _covering(
    hits: Iterable[tuple[Hit, Target]], cache: SpanCache, at: datetime, end: datetime
) -> tuple[list[tuple[Active, Pair]], _Unsure]:
    found: list[tuple[Active, Pair]] = []
    unsure: _Unsure = []
    for hit, target in hits:
        known, maybe = cache.coverage(hit.window, at, end)
        found += [(Active(hit, target, to_span(pair)), pair) for pair in known]
        unsure += [(hit.window, pair) for pair in maybe]
    return found, unsure


def _refuse_unsure_deny(
    policy: Policy, unsure: _Unsure, level: Level, treatment: Treatment, kind: str, change_class: str
) -> None:
    """Raise where a deny window that may hold would change the answer."""
    for window, pair in unsure:
        if window.level > level:
            other = treatment_for(policy, window.level, kind, change_class)
            if not treatment.action == other.action == "block":
                raise unknown_day(window, pair[0])


def _allowed(
    hits: Iterable[tuple[Hit, Target]],
    cache: SpanCache,
    at: datetime,
    end: datetime,
    treatment: Treatment,
    change_class: str,
) -> tuple[tuple[Active, ...], tuple[Active, ...]]:
    """Allow windows that cover some of the span, and those whose group leaves part of it uncovered."""
    opened: list[Active] = []
    closed: list[Active] = []
    for (target, _), group in allow_groups(hits).items():
        found, unsure = _covering(((hit, target) for hit in group), cache, at, end)
        opened += [active for active, _ in found]
        if change_class == "emergency" or covers(merge(pair for _, pair in found), at, end):
            continue
        both = merge([pair for _, pair in found] + [pair for _, pair in unsure])
        if treatment.action != "block" and covers(both, at, end):
            raise unknown_day(*_first(unsure))
        spans = {active.window.id: active.span for active, _ in reversed(found)}
        closed += [Active(hit, target, spans.get(hit.window.id)) for hit in group]
    return tuple(opened), tuple(closed)


def _first(unsure: _Unsure) -> tuple[Window, datetime]:
    window, pair = min(unsure, key=lambda item: item[1])
    return window, pair[0]


def _conflict(levels: Sequence[tuple[Level, Pair]], at: datetime) -> datetime | None:
    now = max((level for level, pair in levels if pair[0] <= at), default=Level.NONE)
    return min((pair[0] for level, pair in levels if level > now), default=None)


def _until(
    event: Event | None,
    hits: Sequence[tuple[Hit, Target]],
    cache: SpanCache,
    level: Level,
    levels: Sequence[tuple[Level, Pair]],
    at: datetime,
) -> datetime | None:
    """Follow phases and windows of ``level`` or stricter from where they begin to where all have stopped."""
    if level == Level.NONE:
        return None
    windows = list({hit.window.id: hit.window for hit, _ in hits if hit.window.level >= level}.values())
    phases = [] if event is None else [to_pair(phase.span) for phase in event.phases if phase.level >= level]
    phases += [pair for item, pair in levels if item >= level]
    here = max(at, min(pair[0] for item, pair in levels if item == level))
    for _ in range(_STEPS):
        further = max((pair[1] for pair in phases if pair[0] <= here < pair[1]), default=here)
        if further == here:
            further = _next_end(windows, cache, here)
        if further in (here, FOREVER):
            return further
        here = further
    return FOREVER


def _next_end(windows: Iterable[Window], cache: SpanCache, here: datetime) -> datetime:
    """The end of a window that holds at ``here``; ``here`` where none does, FOREVER where nobody knows."""
    unsure = False
    for window in windows:
        known, maybe = cache.coverage(window, here, here + TICK)
        if known:
            return known[0][1]
        unsure = unsure or bool(maybe)
    return FOREVER if unsure else here


def _per_target(
    policy: Policy,
    targets: Sequence[Target],
    phases: Sequence[Phase],
    denies: Sequence[tuple[Active, Pair]],
    kind: str,
    change_class: str,
) -> tuple[TargetStanding, ...]:
    base = max((phase.level for phase in phases), default=Level.NONE)
    found = []
    for target in targets:
        own = (active.window.level for active, _ in denies if active.target == target)
        level = max([base, *own])
        found.append(TargetStanding(target, level, treatment_for(policy, level, kind, change_class)))
    return tuple(found)
