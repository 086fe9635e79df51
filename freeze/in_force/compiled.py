"""The compiled policy (``zhongbao-policy/1``): what doors read instead of YAML.

One JSON array a line, UTF-8, no blank after separators: ``["header",{...}]`` first, then the sections, then one line
for each window and each system, systems by id. A door reads the bytes once, checks their digest, and parses only the lines
it needs: of 10,000 systems the one it was asked about. ``freeze.authoring.compiler`` writes the file; the same workspace and
engine give the same bytes.

Stands on a gate's path: no YAML, no pydantic, nothing parsed before it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from freeze.in_force.codec_holidays import holidays_from_json
from freeze.in_force.codec_scope import system_from_json, window_from_json
from freeze.policy import Hit, Holidays
from zhongbao_core.codec import directory_from_json, event_from_json
from zhongbao_core.errors import TrustError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from freeze.calendar.spans import SpanCache
    from freeze.model import BreakGlass, Door, Exemption, Rung, StandardChange, System, Treatment, Window
    from zhongbao_core.amended import AmendmentLike
    from zhongbao_core.approval.subject import Target
    from zhongbao_core.event import Event
    from zhongbao_core.people import Directory

FORMAT = "zhongbao-policy/1"
ENGINE = 1
"""Raised whenever the same workspace would compile to other bytes, or the same bytes be read otherwise."""

T = TypeVar("T")


class CompiledPolicy:
    """The Policy in a compiled file, amendments applied; every part is read when it is first asked for."""

    def __init__(self, data: bytes, manifest: str, amendments: Sequence[AmendmentLike]) -> None:
        self._data = data
        self._manifest = manifest
        self._parts: dict[str, Any] = {}
        self._systems: dict[str, System | None] = {}
        self._windows: dict[str, Window] = {}
        self._hits: dict[Target, tuple[Hit, ...]] = {}
        self._spans: SpanCache | None = None
        self.amendments = tuple(amendments)
        self.header: Mapping[str, Any] = _header(data)

    @classmethod
    def from_bytes(cls, data: bytes, *, manifest: str = "", amendments: Sequence[AmendmentLike] = ()) -> CompiledPolicy:
        """The policy in ``data``, whose digest the caller has checked against the manifest ``manifest``.

        Raises TrustError POLICY_UNVERIFIED for another format or engine, AMENDMENT_INVALID where an amendment does
        not fit the policy.
        """
        policy = cls(data, manifest, amendments)
        if amendments:
            policy._amend()
        return policy

    @property
    def span_cache(self) -> SpanCache:
        """Expanded windows of this policy, kept from one question to the next; the calendar finds it here."""
        if self._spans is None:
            from freeze.calendar.spans import SpanCache

            self._spans = SpanCache(lambda: self.holidays)
        return self._spans

    @property
    def manifest(self) -> str:
        """``<version>:<digest>`` of the manifest; empty in an untrusted demo."""
        return self._manifest

    @property
    def workspace(self) -> str:
        """Id of the workspace."""
        return str(self.header["workspace"])

    @property
    def company(self) -> Text:
        """Name of the company."""
        return Text(self.header["company"]["zh"], self.header["company"]["en"])

    @property
    def zone(self) -> str:
        """The company's zone name."""
        return str(self.header["zone"])

    @property
    def event(self) -> Event | None:
        """The protection period, amendments applied."""
        return self._part("event", lambda value: None if value is None else event_from_json(value))

    @property
    def directory(self) -> Directory:
        """Persons, ranks and deputies, without phones and mail."""
        return self._part("people", directory_from_json)

    @property
    def holidays(self) -> Holidays:
        """Holiday data with the company's override applied."""
        return self._part("holidays", holidays_from_json)

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What levels do to changes: the company's first, then the packs'."""
        from freeze.in_force.codec_rules import treatment_from_json

        return self._part("treatments", lambda value: tuple(treatment_from_json(item) for item in value))

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """The approval ladder: the company's rungs first, then the packs'."""
        from freeze.in_force.codec_rules import rung_from_json

        return self._part("ladder", lambda value: tuple(rung_from_json(item) for item in value))

    @property
    def catalogue(self) -> Mapping[str, StandardChange]:
        """Standard changes by id."""
        from freeze.in_force.codec_rules import standard_from_json

        return self._part("catalogue", lambda value: {item["id"]: standard_from_json(item) for item in value})

    @property
    def exemptions(self) -> tuple[Exemption, ...]:
        """The exemption list."""
        from freeze.in_force.codec_rules import exemption_from_json

        return self._part("exemptions", lambda value: tuple(exemption_from_json(item) for item in value))

    @property
    def doors(self) -> Mapping[str, Door]:
        """Doors by id."""
        from freeze.in_force.codec_rules import door_from_json

        return self._part("doors", lambda value: {item["id"]: door_from_json(item) for item in value})

    @property
    def breakglass(self) -> BreakGlass:
        """The rules of emergency release."""
        from freeze.in_force.codec_rules import breakglass_from_json

        return self._part("breakglass", breakglass_from_json)

    def system(self, system: str) -> System | None:
        """The system, or None: an unknown system is frozen."""
        if system not in self._systems:
            line = self._line("system", system)
            self._systems[system] = None if line is None else _read(system_from_json, line[2])
        return self._systems[system]

    def systems(self) -> Iterator[System]:
        """All systems, in order of id. Reads the whole file."""
        return (_read(system_from_json, line[2]) for line in self._lines("system"))

    def windows(self) -> Iterator[Window]:
        """All windows, in the order written, amended ones as amended, added ones last."""
        names = [line[1] for line in self._lines("window")]
        added = [name for name in self._windows if name not in set(names)]
        return (self._window(name) for name in (*names, *added))

    def windows_for(self, target: Target) -> tuple[Hit, ...]:
        """Windows that reach ``target``, as the Policy protocol says; deny before allow, then by id."""
        if target not in self._hits:
            self._hits[target] = self._find_hits(target)
        return self._hits[target]

    def _find_hits(self, target: Target) -> tuple[Hit, ...]:
        from freeze.calendar.inherit import ordered

        system, line = self.system(target.system), self._line("system", target.system)
        if system is None or line is None:
            return ()
        pairs = [(name, [system.id]) for name in self._everywhere()]
        pairs += line[2].get("windows", ())
        hits = [Hit(self._window(name), tuple(via)) for name, via in pairs]
        return ordered([*hits, *self._added_hits(system)], system, target.environment)

    def _everywhere(self) -> Sequence[str]:
        names: list[str] = self._part("everywhere", lambda value: value)
        return names

    def _added_hits(self, system: System) -> Iterable[Hit]:
        """Windows that amendments added; the systems are read in full only where one names some of them."""
        added: Mapping[str, Window] = self._parts.get("added", {})
        if not added:
            return ()
        from freeze.calendar.inherit import Reach

        every = [window for window in added.values() if window.select.everything]
        some = [window for window in added.values() if not window.select.everything]
        hits = [Hit(window, (system.id,)) for window in every]
        return [*hits, *(Reach(self.systems(), some).hits(system.id) if some else ())]

    def _amend(self) -> None:
        from freeze.in_force.amended import amend_windows
        from zhongbao_core.amended import amend_event

        self._parts["event"] = amend_event(self.event, self.amendments)
        changed, added = amend_windows(self._known_window, self.amendments)
        self._windows.update(changed)
        self._windows.update(added)
        self._parts["added"] = added

    def _known_window(self, name: str) -> Window | None:
        return None if self._line("window", name) is None else self._window(name)

    def _window(self, name: str) -> Window:
        if name not in self._windows:
            line = self._line("window", name)
            if line is None:
                raise _broken(f"window {name!r} is missing")
            self._windows[name] = _read(window_from_json, line[2])
        return self._windows[name]

    def _part(self, name: str, read: Callable[[Any], T]) -> T:
        if name not in self._parts:
            line = next(iter(self._lines(name)), None)
            if line is None:
                raise _broken(f"section {name!r} is missing")
            self._parts[name] = _read(read, line[1])
        found: T = self._parts[name]
        return found

    def _line(self, kind: str, name: str) -> Any:
        """The one line that begins with ``kind`` and ``name``, or None. Text in JSON holds no raw newline."""
        return self._at(f'\n["{kind}",{json.dumps(name, ensure_ascii=False)},'.encode("utf-8", "surrogatepass"), 0)[0]

    def _lines(self, kind: str) -> Iterator[Any]:
        place, mark = 0, f'\n["{kind}",'.encode()
        while True:
            line, place = self._at(mark, place)
            if line is None:
                return
            yield line

    def _at(self, mark: bytes, begin: int) -> tuple[Any, int]:
        start = self._data.find(mark, begin)
        if start < 0:
            return None, -1
        end = self._data.find(b"\n", start + 1)
        end = len(self._data) if end < 0 else end
        return _read(json.loads, self._data[start + 1 : end]), end


def _header(data: bytes) -> Mapping[str, Any]:
    """The header line, checked. Raises TrustError where this engine cannot read the file."""
    line = _read(json.loads, data.partition(b"\n")[0])
    header = line[1] if isinstance(line, list) and len(line) == 2 and line[0] == "header" else None
    if not isinstance(header, dict) or header.get("format") != FORMAT or header.get("engine") != ENGINE:
        raise _broken(f"not {FORMAT} of engine {ENGINE}")
    return header


def _read(read: Callable[[Any], T], value: Any) -> T:
    try:
        return read(value)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise _broken(f"{type(error).__name__}: {error}") from error


def _broken(why: str) -> TrustError:
    return TrustError(
        Text(f"编译后的策略无法读取：{why}", f"the compiled policy cannot be read: {why}"),
        Text("执行 zhongbao compile，并重新签发策略清单", "run zhongbao compile and sign the manifest again"),
        reason_code="POLICY_UNVERIFIED",
    )
