"""Showing a submitted post: what it is, who approved it, what is still to be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from zhongbao_core.clikit import Settings, echo_json
from zhongbao_core.clock import iso
from zhongbao_core.desk.base import Desk
from zhongbao_core.desk.rules import STATUS, status
from zhongbao_core.desk.state import RequestState, Word
from zhongbao_core.text import Text, plain

LINES = {
    "account": Text("账号", "account"),
    "applicant": Text("提交人", "applicant"),
    "campaign": Text("活动", "campaign"),
    "column": Text("栏目", "column"),
    "content": Text("内容摘要", "content digest"),
    "end": Text("有效至", "until"),
    "exact": Text("文件摘要", "file digest"),
    "extras": Text("摘要等", "summary and others"),
    "findings": Text("待人工复核的问题", "findings for review"),
    "links": Text("链接", "links"),
    "partners": Text("联合发布方", "partners"),
    "pictures": Text("图片", "pictures"),
    "plan": Text("舆情预案", "response plan"),
    "review": Text("审核", "review"),
    "start": Text("发布时间", "from"),
    "unseen": Text("未读图片", "unread pictures"),
}
"""What the lines of a post's statement are called."""
ASSURANCE = {
    "signed": Text("签名", "signed"),
    "coded": Text("授权码", "one-time code"),
    "attested": Text("代录", "attested"),
}


def show_submission(
    settings: Settings, desk: Desk, state: RequestState, at: datetime, fmt: str, *, path: str = ""
) -> None:
    """Show ``state`` after whatever was done to it; ``path`` is where its statement was written."""
    from zhongbao_core.approval.statement import parse, read_back_code

    data = desk.statement(state)
    statement, code = parse(data), read_back_code(data)
    if fmt == "json":
        echo_json(_json(desk, state, at) | {"read_back": code, "statement_file": path or None})
        return
    word = STATUS[status(state, at)]
    head = Text(f"{state.id} 第 {state.current.number} 版", f"{state.id} revision {state.current.number}")
    click.echo(plain(f"{settings.say(head)}  {settings.say(word)}  {statement.title}"))
    for name, value in statement.lines:
        if name != "text":
            click.echo(plain(f"  {settings.say(LINES.get(name, Text(name, name)))}: {value}", newlines=True))
    click.echo(plain(settings.say(Text(f"  回读码 {code}", f"  read-back code {code}"))))
    for word_of in state.approvals:
        click.echo(plain("  " + settings.say(_word(desk, word_of))))
    if not state.final:
        _next(settings, state, path)


def _next(settings: Settings, state: RequestState, path: str) -> None:
    what = path or state.id
    words = Text(
        f"下一步：zhongbao approve {what} --key KEY；发布前 zhongbao content gate",
        f"next: zhongbao approve {what} --key KEY; before publishing, zhongbao content gate",
    )
    click.echo(plain(settings.say(words)))


def _word(desk: Desk, word: Word) -> Text:
    how = ASSURANCE[word.assurance]
    owed = word.owed
    return Text(
        f"已批 {desk.name(word.person)}（{how.zh}）{'，待补签' if owed else ''}",
        f"approved by {desk.name(word.person)} ({how.en}){', confirmation owed' if owed else ''}",
    )


def _json(desk: Desk, state: RequestState, at: datetime) -> dict[str, Any]:
    current = state.current
    return {
        "id": state.id,
        "kind": current.subject.kind,
        "revision": current.number,
        "status": status(state, at),
        "statement": current.statement,
        "applicant": current.applicant,
        "start": iso(current.subject.start),
        "end": iso(current.subject.end),
        "rehearsal": desk.rehearsal,
        "approvals": [
            {"person": word.person, "rank": word.rank, "assurance": word.assurance, "at": iso(word.at)}
            for word in state.approvals
        ],
    }
