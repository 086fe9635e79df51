"""Checks of the policy in force: manifest, compiled file, keys and holidays against the end of the event."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from zhongbao.doctor_checks import Case, Check
from zhongbao_core.canonical import digest
from zhongbao_core.clock import iso
from zhongbao_core.errors import TrustError
from zhongbao_core.people import Person
from zhongbao_core.text import Text

LITTLE = 0.25
"""Part of a manifest's life below which its renewal is due."""
SIGNING_ROLES = frozenset({"approver", "registrar", "witness"})


def manifest(case: Case) -> Check:
    """The manifest is believed, and has more than a quarter of its life left."""
    renew = Text("zhongbao trust renew，再由根密钥持有人签名", "zhongbao trust renew, then have the root quorum sign")
    try:
        found = case.manifest
    except TrustError as error:
        missing = error.reason_code == "TRUST_MISSING"
        return Check("manifest", "unknown" if missing else "fail", error.message, error.hint or renew)
    left, life = found.valid_until - case.at, found.valid_until - found.issued_at
    words = Text(
        f"第 {found.version} 版，至 {iso(found.valid_until)}，剩 {_hours(left)} 小时",
        f"version {found.version}, until {iso(found.valid_until)}, {_hours(left)} h left",
    )
    return Check("manifest", "warn" if left < life * LITTLE else "ok", words, renew)


def compiled(case: Case) -> Check:
    """The compiled policy lies where doors find it: without it every answer is right but slow."""
    from zhongbao_core.compiled_file import candidates

    wanted = case.manifest.compiled_digest
    for path in candidates(str(case.settings.workspace), wanted):
        if os.path.isfile(path) and _digest_of(path) == wanted:  # noqa: PTH113
            return Check("compiled", "ok", Text(path, path))
    words = Text("没有与清单相符的编译文件", "no compiled file agrees with the manifest")
    return Check("compiled", "warn", words, Text("zhongbao compile", "zhongbao compile"))


def keys(case: Case) -> Check:
    """Every person who signs has a key that is good until the event ends."""
    until = _end(case)
    late = list(_short_keys(case, until))
    if not late:
        return Check("keys", "ok", Text(f"有效至 {iso(until)} 以后", f"all good until {iso(until)}"))
    words = Text("；".join(f"{who} {why.zh}" for who, why in late), "; ".join(f"{who} {why.en}" for who, why in late))
    return Check("keys", "warn", words, Text("zhongbao key rotate / key enrol", "zhongbao key rotate / key enrol"))


def holidays(case: Case) -> Check:
    """Holiday data exists for every year the event touches."""
    event = case.opened.policy.event
    first = min((phase.span.start for phase in event.phases), default=case.at) if event else case.at
    years = range(min(first, case.at).year, _end(case).year + 1)
    missing = [str(year) for year in years if year not in case.opened.policy.holidays.known]
    if not missing:
        return Check("holidays", "ok", Text(f"{years[0]} 至 {years[-1]} 年", f"{years[0]} to {years[-1]}"))
    words = Text(f"缺少 {'、'.join(missing)} 年放假安排", f"no holiday notice for {', '.join(missing)}")
    return Check("holidays", "warn", words, Text("在 holidays.yaml 补充", "add it to holidays.yaml"))


POLICY: tuple[Callable[[Case], Check], ...] = (manifest, compiled, keys, holidays)
"""Checks of the policy in force, in the order shown."""


def _end(case: Case) -> datetime:
    """The known end of the event; at least a week from now, which also stands for an open end."""
    event = case.opened.policy.event
    ends = [phase.span.end for phase in event.phases if phase.span.end is not None] if event else []
    return max([*ends, case.at + timedelta(days=7)])


def _short_keys(case: Case, until: datetime) -> Iterator[tuple[str, Text]]:
    for person in case.opened.policy.directory.persons.values():
        if person.active and SIGNING_ROLES & person.roles and not _lasts(person, until):
            yield person.id, _why(person, case.at)


def _lasts(person: Person, until: datetime) -> bool:
    return any(key.good_at(until) for key in person.keys)


def _why(person: Person, at: datetime) -> Text:
    if not person.keys:
        return Text("没有密钥（只能用授权码或代录）", "has no key (codes or attested approvals only)")
    if not any(key.good_at(at) for key in person.keys):
        return Text("密钥已失效", "has no good key now")
    return Text("密钥在保障期结束前到期", "has a key that expires before the event ends")


def _hours(left: timedelta) -> str:
    return f"{left.total_seconds() / 3600:.1f}"


def _digest_of(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123
        return digest(file.read())
