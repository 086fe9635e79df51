"""A draft by questions, and a draft written as the YAML that ``request submit`` reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from freeze.authoring.request_load import NAMES, read_draft
from freeze.life.request_check import PARTS, WORDS
from freeze.model import CLASSES, KINDS, ChangeRequest
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.clikit import Settings
from zhongbao_core.clock import parse_duration, parse_instant, show, show_duration, zone
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.text import Text, plain
from zhongbao_core.yamlfile import parse_yaml

T = TypeVar("T")


def asked(settings: Settings, policy: Policy, at: datetime) -> ChangeRequest:
    """A draft from the answers of the person at the terminal; a wrong answer is asked for again."""
    here = zone(policy.zone)

    def ask(text: Text, read: Callable[[str], T], default: str | None = None) -> T:
        return _ask(settings, text, read, default)

    found: dict[str, Any] = {name: ask(word, str.strip) for name, word in WORDS.items()}
    classes = tuple(name for name in CLASSES if name != "standard")
    found["kind"] = ask(Text(f"变更类型（{'/'.join(KINDS)}）", f"kind ({'/'.join(KINDS)})"), _one_of(tuple(KINDS)))
    found["change_class"] = ask(
        Text(f"级别（{'/'.join(classes)}）", f"class ({'/'.join(classes)})"), _one_of(classes), "normal"
    )
    text = Text("系统/环境，逗号分隔", "system/environment, by comma")
    found["targets"] = ask(text, lambda answer: _targets(answer, policy))
    for name, word in PARTS.items():
        found[name] = ask(word, lambda answer: _person(answer, policy))
    found["steps"] = ask(Text("实施步骤，分号分隔", "steps, by semicolon"), _steps)
    now = show(at, here)[:16]
    found["start"] = ask(
        Text("开始（当地时间）", "start (local time)"), lambda answer: parse_instant(answer, here), now
    )
    for name, (word, default) in LENGTHS.items():
        found[name] = ask(word, _length, default)
    found["incident"] = ask(Text("关联故障单（没有可空）", "incident (may be empty)"), str.strip, "")
    return ChangeRequest(id="", revision=0, event="", **found)


LENGTHS = {
    "duration": (Text("实施时长", "length of the work"), "30m"),
    "rollback_duration": (Text("回退时长", "length of a rollback"), "15m"),
    "observation": (Text("观察时长", "observation"), "15m"),
}
"""The three lengths of a change, and what is offered for them."""


def as_yaml(draft: ChangeRequest, zone_name: str) -> str:
    """``draft`` as YAML that reads back to the same draft: every text quoted."""
    here = zone(zone_name)
    lines = ["# 变更申请 / change request; zhongbao freeze request submit FILE"]
    for name in NAMES:
        value = getattr(draft, name)
        if isinstance(value, datetime):
            value = value.astimezone(here).isoformat(timespec="seconds")
        elif isinstance(value, timedelta):
            value = show_duration(value)
        if isinstance(value, tuple):
            lines += [f"{name}:", *(f"  - {_quoted(str(item))}" for item in value)] if value else [f"{name}: []"]
        elif isinstance(value, dict):
            pairs = [f"  {_quoted(key)}: {_quoted(item)}" for key, item in sorted(value.items())]
            lines += [f"{name}:", *pairs] if pairs else [f"{name}: {{}}"]
        else:
            lines.append(f"{name}: {_quoted(str(value))}")
    return "\n".join(lines) + "\n"


def reads_back(text: str, zone_name: str) -> ChangeRequest | None:
    """The draft in YAML ``text``; None where it does not read back."""
    return read_draft(parse_yaml(text.encode("utf-8"), "draft"), zone_name)


def _quoted(value: str) -> str:
    return json.dumps(plain(value, newlines=True), ensure_ascii=False)


def _ask(settings: Settings, text: Text, read: Callable[[str], T], default: str | None) -> T:
    while True:
        answer = click.prompt(settings.say(text), default=default, err=True, show_default=bool(default))
        try:
            return read(str(answer))
        except ZhongbaoError as error:
            click.echo(plain(settings.say(error.message)), err=True)
        except ValueError as error:
            click.echo(plain(str(error)), err=True)


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.strip() not in words:
            raise ValueError(" / ".join(words))
        return text.strip()

    return read


def _targets(text: str, policy: Policy) -> tuple[Target, ...]:
    found = []
    for item in filter(None, (part.strip() for part in text.replace("，", ",").split(","))):
        system, _, environment = item.partition("/")
        if policy.system(system) is None:
            raise ValueError(f"未登记 / not registered: {plain(system)}")
        found.append(Target(system, environment or "prod"))
    if not found:
        raise ValueError("core-db/prod")
    return tuple(found)


def _person(text: str, policy: Policy) -> str:
    found = policy.directory.owner_of_account(text.strip())
    if found is None:
        raise ValueError(f"不在册 / not in people.yaml: {plain(text)}")
    return found.id


def _steps(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.replace("；", ";").split(";") if part.strip())
    if not found:
        raise ValueError("至少一步 / at least one")
    return found


def _length(text: str) -> timedelta:
    return timedelta(0) if text.strip() in ("0", "0s") else parse_duration(text)
