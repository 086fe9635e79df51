"""``ledger verify``: exit 0 good, 1 tampered (the first bad entry is named), 3 cannot tell."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from zhongbao.ledger_open import (
    CHECKPOINT,
    FORMAT,
    KEY,
    LEDGER,
    checkpoints_of,
    json_text,
    known_checkpoints,
    open_to_read,
    optional_trust,
)
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.clock import iso, now
from zhongbao_core.errors import ExitCode, StoreError, TrustError
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.signatures import Signatures, check_signatures
from zhongbao_core.ledger.verify import TAMPERED, VerifyReport
from zhongbao_core.people import Directory
from zhongbao_core.text import Text, plain
from zhongbao_core.trust import Trust

CANNOT_TELL = "cannot_tell"
_STRUCTURE = ("LEDGER_SCHEMA",)


@click.command()
@LEDGER
@CHECKPOINT
@KEY
@click.option("--signatures", "with_signatures", is_flag=True, help="Verify every recorded approval signature again.")
@FORMAT
@click.pass_context
@pass_settings
def verify(
    settings: Settings,
    ctx: click.Context,
    path: Path | None,
    files: tuple[Path, ...],
    keys: tuple[str, ...],
    with_signatures: bool,
    form: str,
) -> None:
    """Check the ledger from its first byte, and against checkpoints kept elsewhere.

    Without an outside checkpoint nobody can see that an older copy was put back, or everything rewritten: the answer
    says so. The newest checkpoint beside the trust file is always compared.
    """
    trust = optional_trust(settings, path)
    try:
        journal = open_to_read(trust, path)
    except StoreError as error:
        if error.reason_code not in _STRUCTURE:
            raise
        answer = {"verdict": TAMPERED, "reason_code": error.reason_code, "message": error.message.as_json()}
        click.echo(json_text(answer) if form == "json" else plain(settings.say(_verdict(answer))))
        ctx.exit(exit_code(answer))
    with journal:
        known = [] if path is not None and trust is None else known_checkpoints(trust)
        report = journal.verify([*checkpoints_of(files, keys, trust, journal.origin), *known])
        signed = _signatures(settings, journal, trust) if with_signatures and report.good else None
        origin = journal.origin if report.good else (trust.ledger.origin if trust else "")
    answer = as_json(report, signed, origin)
    click.echo(json_text(answer) if form == "json" else text(settings, report, signed, answer))
    ctx.exit(exit_code(answer))


def exit_code(answer: dict[str, Any]) -> int:
    """0 good, 1 tampered, 3 cannot tell."""
    codes = {"good": ExitCode.OK, TAMPERED: ExitCode.FINDINGS, CANNOT_TELL: ExitCode.CANNOT_TELL}
    return int(codes[answer["verdict"]])


def as_json(report: VerifyReport, signed: Signatures | None, origin: str) -> dict[str, Any]:
    """The facts; text is made from the same."""
    answer: dict[str, Any] = {
        "verdict": report.verdict,
        "reason_code": report.reason_code,
        "origin": origin,
        "size": report.size,
        "root": report.root.hex(),
        "time": iso(report.time) if report.time else None,
        "first_bad": report.first_bad,
        "until": report.until,
        "message": report.message.as_json(),
        "checkpoints": [
            {"size": item.checkpoint.size, "agrees": item.agrees, "reason_code": item.reason_code}
            for item in report.compared
        ],
        "silent_hours": [
            {"event": item.event, "start": iso(item.start), "end": iso(item.end), "hours": item.hours}
            for item in report.silence
        ],
        "documents": {"kept": report.documents, "erased": report.erased},
    }
    return answer | (_signed_json(answer, signed) if signed else {})


def _signed_json(answer: dict[str, Any], signed: Signatures) -> dict[str, Any]:
    found: dict[str, Any] = {
        "signatures": {
            "good": signed.good,
            "missing": signed.missing,
            "strangers": [{"seq": seq, "person": person} for seq, person in signed.strangers],
            "bad": [{"seq": item.seq, "person": item.person, "cause": item.cause.as_json()} for item in signed.bad],
        }
    }
    if signed.bad:
        first = signed.bad[0]
        words = Text(
            f"第 {first.seq} 条的签名无效：{first.cause.zh}", f"signature of entry {first.seq}: {first.cause.en}"
        )
        found |= {
            "verdict": TAMPERED,
            "reason_code": "SIGNATURE_BAD",
            "first_bad": first.seq,
            "message": words.as_json(),
        }
    elif signed.strangers and answer["verdict"] != TAMPERED:
        words = Text(
            f"{len(signed.strangers)} 份签名的密钥无法与人员名单核对",
            f"{len(signed.strangers)} signatures are by keys that no directory vouches for",
        )
        found |= {"verdict": CANNOT_TELL, "reason_code": "SIGNER_UNKNOWN", "message": words.as_json()}
    return found


def text(settings: Settings, report: VerifyReport, signed: Signatures | None, answer: dict[str, Any]) -> str:
    """The answer for people: verdict first, then what it rests on."""
    lines = [
        _verdict(answer),
        Text(f"  {answer['size']} 条，树根 {answer['root']}", f"  {answer['size']} entries, root {answer['root']}"),
    ]
    if report.good and not report.compared:
        lines.append(
            Text(
                "  未与外部检查点比较：旧副本或整体改写无法看出",
                "  not compared with an outside checkpoint: an older copy or a whole rewrite cannot be seen",
            )
        )
    for item in report.compared:
        seen = item.checkpoint.size
        lines.append(
            Text(
                f"  外部检查点 {seen} 条：{'一致' if item.agrees else '不一致'}",
                f"  outside checkpoint of {seen} entries: {'agrees' if item.agrees else 'does not agree'}",
            )
        )
    for gap in report.silence:
        lines.append(
            Text(
                f"  {gap.event} 无心跳 {gap.hours} 小时：{iso(gap.start)} 至 {iso(gap.end)}",
                f"  {gap.event} silent for {gap.hours} h: {iso(gap.start)} to {iso(gap.end)}",
            )
        )
    lines += _signed_lines(signed) if signed else []
    return "\n".join(plain(settings.say(line)) for line in lines)


def _verdict(answer: dict[str, Any]) -> Text:
    said = answer["message"]
    if answer["verdict"] == "good":
        return Text(f"完好：{answer['origin']}", f"good: {answer['origin']}")
    head = Text("被篡改", "tampered") if answer["verdict"] == TAMPERED else Text("无法判定", "cannot tell")
    return Text(
        f"{head.zh}：{said['zh']} [{answer['reason_code']}]", f"{head.en}: {said['en']} [{answer['reason_code']}]"
    )


def _signed_lines(signed: Signatures) -> list[Text]:
    return [
        Text(
            f"  签名：{signed.good} 份有效，{len(signed.bad)} 份无效，{len(signed.strangers)} 份密钥未登记，"
            f"{signed.missing} 份原件已删除",
            f"  signatures: {signed.good} good, {len(signed.bad)} bad, {len(signed.strangers)} by unknown keys, "
            f"{signed.missing} with originals erased",
        ),
        *(
            Text(
                f"  第 {item.seq} 条 {item.person}：{item.cause.zh}",
                f"  entry {item.seq} {item.person}: {item.cause.en}",
            )
            for item in signed.bad
        ),
    ]


def _signatures(settings: Settings, journal: Journal, trust: Trust | None) -> Signatures:
    last = journal.last()
    return check_signatures(journal, _directory(settings, trust, last.time if last else now()))


def _directory(settings: Settings, trust: Trust | None, last: datetime) -> Directory | None:
    """Persons and keys of the verified policy, now or when the last entry was written; None where none is to be had."""
    if trust is None:
        return None
    from freeze.entry.open import open_policy

    for at in (now(), last):
        try:
            return open_policy(settings, at, trust=trust).policy.directory
        except TrustError as error:
            why = error.message
    note(settings, Text(f"人员名单不可用：{why.zh}", f"no directory to check keys against: {why.en}"))
    return None
