"""A small sound workspace as text, to be broken one line at a time."""

from __future__ import annotations

from pathlib import Path

KEY_A = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJgywEwYmb9Y+UzcFzEHGk8F/+EwBLyzu9tn+YqzWYEc"

FILES = {
    "zhongbao.yaml": """\
format: zhongbao-workspace/1
id: small
company: {zh: 小公司, en: Small}
zone: Asia/Shanghai
event: games
packs: []
valid_for: {event: 24h, calm: 7d}
""",
    "event.yaml": """\
id: games
name: 运动会
owner: boss
phases:
  - id: one
    name: 关注
    level: watch
    label: 二级
    start: "2026-11-01T00:00"
    end: "2026-11-10T24:00"
  - id: two
    name: 全面
    level: full
    label: 一级
    start: "2026-11-11T00:00"
    end: open
""",
    "people.yaml": """\
ranks:
  - {id: engineer, name: 工程师}
  - {id: manager, name: 经理}
persons:
  - id: ann
    name: 安
    unit: 运维
    rank: engineer
    roles: [applicant, duty]
    accounts: [ann1]
    phone: "13900000001"
  - id: boss
    name: 包
    unit: 运维
    rank: manager
    roles: [approver]
    accounts: [boss1]
    mail: boss@example.com
delegations:
  - {principal: boss, deputy: ann, start: "2026-11-02T00:00", end: "2026-11-03T00:00", reason: 出差}
""",
    "systems.yaml": """\
systems:
  - {id: db, name: 库, unit: infra, service: base, environments: [prod, test]}
  - {id: shop, name: 店, unit: boss, service: shop, stands_on: [db]}
  - {id: cart, name: 车, unit: boss, service: shop, part_of: shop, labels: {net: public}}
""",
    "holidays.yaml": """\
years:
  "2027":
    rest: ["2027-01-01"]
    work: ["2027-01-02"]
""",
    "freeze/windows/a.yaml": """\
windows:
  - id: nights
    name: 夜间
    effect: allow
    cron: {schedule: "0 1 * * *", duration: 3h}
    select: {services: [shop]}
    owner: boss
    why: 低谷
  - id: sale
    name: 大促
    effect: deny
    level: restricted
    once: {start: "2026-11-05T00:00", end: "2026-11-06T24:00"}
    select: {systems: [shop], environments: [prod]}
    owner: boss
    why: 大促
""",
    "freeze/treatments.yaml": """\
treatments:
  - {level: watch, action: approve, rule: watch}
  - {level: full, classes: [emergency], action: approve, hours: ["22:00-06:00"], rule: full}
""",
    "freeze/ladder.yaml": """\
rungs:
  - id: low
    levels: [watch]
    require: [{rank: manager, count: 1, assurance: [coded]}]
  - id: high
    levels: [full]
    classes: [emergency]
    require: [{rank: engineer, count: 2, role: duty, assurance: [attested]}]
""",
    "freeze/catalogue/a.yaml": """\
standard:
  - id: clean
    name: 清理
    kind: config
    select: {systems: [db]}
    parameters: {days: '[1-9][0-9]?'}
    command: [log-clean, "{days}d"]
    roles: [duty]
    per_day: 5
    levels: [watch]
    owner: boss
""",
    "freeze/exemptions.yaml": """\
exemptions:
  - id: agents
    select: {systems: [cart], kinds: [config]}
    owner: boss
    reason: 采集
    expires: "2026-11-09T00:00"
""",
    "freeze/doors.yaml": """\
doors:
  - id: ci
    kind: gitlab
    projects:
      shop/cart: [cart/prod]
    observe_until: "2026-11-10T00:00"
""",
    "freeze/breakglass.yaml": """\
life: 60m
signers: 2
review_within: 24h
roles: [approver, duty]
""",
}
FILES["people.yaml"] = FILES["people.yaml"].replace(
    "delegations:", """  - id: bob
    name: 鲍
    unit: 运维
    rank: engineer
    roles: [duty]
delegations:"""
)  # fmt: skip


def write(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """The sound workspace in ``folder``, with some files replaced; an empty text leaves a file out."""
    for name, text in {**FILES, **(changed or {})}.items():
        if text:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return folder


def broken(folder: Path, name: str, old: str, new: str) -> Path:
    """The sound workspace with one change in one file."""
    assert FILES[name].count(old) >= 1, f"{old!r} is not in {name}"
    return write(folder, {name: FILES[name].replace(old, new, 1)})
