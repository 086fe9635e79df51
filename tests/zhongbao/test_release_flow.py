"""The release through the real command line: submitted, approved in three ways, let out; an edited draft is held."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from release_world import CALM, GAMES, Call, sign, submitted

from content_audit.commands.sweep_cli import sweep, takedown
from content_audit.readers.limits import MAX_FILE
from zhongbao.example_world import World
from zhongbao_core.clock import iso, parse_instant, show, zone
from zhongbao_core.settings import Settings
from zhongbao_core.text import Lang

TEXT = "为向您提供更优质的服务，我公司定于 11 月 23 日 0:00 至 4:00 升级计费系统，届时暂停充值。敬请谅解。"


def draft(text: str = TEXT, **more: Any) -> str:
    post = {
        "id": "d1",
        "title": "系统升级公告",
        "text": text,
        "channel": "wechat",
        "account": "jc-wechat",
        "published_at": iso(GAMES),
        **more,
    }
    path = Path("draft.jsonl")
    path.write_text(json.dumps(post, ensure_ascii=False) + "\n", "utf-8")
    return str(path)


def test_a_draft_is_held_until_the_raised_rung_has_approved_it(world: World, call: Call) -> None:
    path = draft()
    assert call("gate", path)[1]["reason_code"] == "NOT_SUBMITTED"
    body = submitted(call, path, "--plan", "P-SERVICE")
    code, decision = call("gate", path)
    assert (code, decision["reason_code"], decision["missing"][0]["rank"]) == (1, "APPROVALS_MISSING", "manager")
    sign(call, world, body["id"], "zhou-ting")
    assert call("gate", path)[1]["reason_code"] == "APPROVALS_MISSING"
    sign(call, world, body["id"], "chen-jun")
    code, decision = call("gate", path)
    assert (code, decision["verdict"], decision["reason_code"]) == (0, "allow", "POST_APPROVED")


def test_one_changed_word_holds_an_approved_draft_and_says_which(world: World, call: Call) -> None:
    body = submitted(call, draft(), "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    code, decision = call("gate", draft(TEXT.replace("4:00", "6:00")))
    said = decision["said"][0]
    assert (code, decision["reason_code"], said["text"]["zh"].startswith(f"与已提交的 {body['id']} 不同")) == (
        1,
        "POST_EDITED",
        True,
    )
    assert "4:00 → 6:00" in said["text"]["zh"]


def test_blanks_and_wide_signs_that_editors_change_are_no_edit(world: World, call: Call) -> None:
    body = submitted(call, draft(), "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    assert call("gate", draft(TEXT.replace("，", ",\u200b ").replace(" ", "\u3000")))[0] == 0


def test_in_calm_times_the_accounts_own_rung_is_enough_and_no_plan_is_needed(world: World, call: Call) -> None:
    path = draft()
    body = submitted(call, path, at=CALM)
    code, _ = call("approve", body["id"], "--key", str(world.key("zhou-ting")), at=CALM)
    assert code == 0
    assert call("gate", path, at=CALM)[0] == 0


def test_inside_the_period_a_plan_is_needed(world: World, call: Call) -> None:
    path = draft()
    body = submitted(call, path)
    sign(call, world, body["id"], "chen-jun")
    assert call("gate", path)[1]["reason_code"] == "PLAN_MISSING"


def test_above_the_highest_rung_three_ways_of_approving_count_together(world: World, call: Call) -> None:
    path = draft(channel="push", account="jc-app")
    body = submitted(call, path, "--plan", "P-SERVICE")
    name = body["id"]
    assert call("approve", name, "--key", str(world.key("sun-li")))[0] == 0
    card = _card(call)
    coded = ("--coded", "--person", "xu-jing", "--code", card["codes"][0], "--read-back", body["read_back"])
    assert call("approve", name, *coded)[0] == 0
    code, decision = call("gate", path)
    assert (code, decision["missing"]) == (
        1,
        [{"rank": "director", "count": 1, "assurance": ["signed", "coded", "attested"], "role": "approver"}],
    )
    attested = ("--attested", "--person", "ma-chao", "--channel", "phone", "--call-back", "13800001234")
    by = ("--registrar-key", str(world.key("zhou-ting")), "--witness", "huang-min")
    assert call("approve", name, *attested, *by)[0] == 0
    assert call("gate", path)[0] == 1
    code, shown = call("approve", name, "--cosign", "--key", str(world.key("huang-min")))
    assert {item["assurance"] for item in shown["approvals"]} == {"signed", "coded", "attested"}
    assert call("gate", path)[0] == 0


def _card(call: Call) -> dict[str, Any]:
    code, body = call("codes", "issue", "xu-jing")
    assert code == 0, body
    return dict(body)


def test_a_picture_nobody_could_read_needs_somebody_who_looked(world: World, call: Call) -> None:
    path = draft(images=["https://example.com/a.png"])
    body = submitted(call, path, "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    assert call("gate", path)[1]["reason_code"] == "PICTURES_UNSEEN"
    assert call("seen", body["id"], "--key", str(world.key("liu-yang")))[0] == 0
    assert call("gate", path)[0] == 0


@pytest.mark.parametrize(
    ("command", "person", "other", "namespace"),
    [
        ("approve", "chen-jun", "zhou-ting", "approve@zhongbao"),
        ("seen", "liu-yang", "chen-jun", "picture-seen@zhongbao"),
    ],
)
def test_the_line_that_signs_by_hand_is_shown_and_what_it_makes_counts(
    world: World, call: Call, command: str, person: str, other: str, namespace: str
) -> None:
    import shlex
    import subprocess

    path = draft(images=["https://example.com/a.png"])
    statement = f"{submitted(call, path, '--plan', 'P-SERVICE')['id']}.statement.json"
    trust = ["--workspace", str(world.workspace), "--trust", str(world.outside / "trust.json"), "--lang", "zh"]
    words = [*(["content"] if command == "seen" else []), command, statement]
    key = str(world.key(person))
    done = subprocess.run(
        [sys.executable, "-m", "zhongbao", *trust, *words, "--key", key, "--at", iso(GAMES)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stderr.splitlines() if line.startswith("等价命令：")).removeprefix("等价命令：")
    assert namespace in shlex.split(line)
    by_hand = [str(world.key(other)) if word == key else word for word in shlex.split(line)]
    subprocess.run(by_hand, check=True, capture_output=True)
    code, body = call(command, statement, "--signature", f"{statement}.sig")
    assert code == 0, body


def test_a_co_branded_post_is_held_inside_the_period_and_not_before(world: World, call: Call) -> None:
    text = TEXT + "本次升级由云帆手机协助。"
    path = draft(text)
    body = submitted(call, path, "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    assert call("gate", path)[1]["reason_code"] == "COBRAND_HELD"


def test_an_unsigned_or_edited_policy_lets_nothing_out(world: World, call: Call) -> None:
    path = draft()
    body = submitted(call, path, "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    register = world.workspace / "content" / "registers" / "media.yaml"
    register.write_text(register.read_text("utf-8").replace("rung: vp", "rung: lead"), "utf-8")
    assert call("gate", path)[0] == 0, "the compiled policy with the signed digest still stands"
    for compiled in (world.workspace / "compiled").glob("content-*"):
        compiled.write_bytes(compiled.read_bytes().replace(b'"rung":"vp"', b'"rung":"lead"'))
    code, decision = call("gate", path)
    assert (code, decision["verdict"], decision["reason_code"]) == (3, "unknown", "POLICY_UNVERIFIED")


def test_nobody_publishes_in_the_past_to_find_a_calmer_level(world: World, call: Call) -> None:
    assert call("gate", draft(), "--publish-at", iso(CALM)) == (9, "PUBLISH_PAST")


def test_whoever_submits_a_post_is_no_approver_of_it(world: World, call: Call) -> None:
    path = draft()
    code, body = call("submit", path, "--applicant", "chen-jun", "--plan", "P-SERVICE")
    assert code == 0
    code, _ = call("approve", body["id"], "--key", str(world.key("chen-jun")))
    assert code == 1
    assert call("gate", path)[0] == 1


def test_a_rejected_post_stays_held_whoever_approved_it(world: World, call: Call) -> None:
    path = draft()
    body = submitted(call, path, "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    code, _ = call("reject", body["id"], "--key", str(world.key("liu-yang")), "--reason", "改期")
    assert code == 0
    assert call("gate", path)[1]["reason_code"] == "POST_FINAL"


def test_a_withdrawn_post_is_held_for_that_reason_whoever_approved_it(world: World, call: Call) -> None:
    from zhongbao_core.ledger.journal import Journal

    path = draft()
    name = submitted(call, path, "--plan", "P-SERVICE")["id"]
    sign(call, world, name, "chen-jun")
    assert call("gate", path)[0] == 0
    why = ("--reason", "改期，询 13812345678")
    assert call("withdraw", name, "--by", "wu-gang", *why) == (9, "NOT_YOURS")
    assert call("withdraw", "POST-games-2026-0099", "--by", "li-na", *why) == (9, "REQUEST_UNKNOWN")
    code, body = call("withdraw", name, "--by", "li-na", *why)
    assert (code, body["status"]) == (0, "withdrawn")
    code, decision = call("gate", path)
    assert (code, decision["reason_code"]) == (1, "POST_FINAL")
    assert decision["said"][0]["text"]["zh"] == f"{name} 已撤回（李娜 (li-na)：改期，询 *******5678）"
    assert call("withdraw", name, "--by", "li-na", *why) == (9, "REQUEST_FINAL")
    assert call("submit", path, "--applicant", "li-na", "--revise", name) == (9, "REQUEST_FINAL")
    assert call("approve", name, "--key", str(world.key("liu-yang")))[0] == 1
    assert submitted(call, path, "--plan", "P-SERVICE")["id"] != name, "the same words may be submitted anew"
    with Journal.open(world.outside / "ledger.db", read_only=True) as journal:
        (entry,) = journal.entries(kinds=("post.withdrawn",))
    assert (entry.ref, entry.body["by"], entry.body["revision"]) == (name, "li-na", 1)


def test_a_withdrawn_post_is_no_request_of_the_freeze_and_a_request_no_post(world: World, call: Call) -> None:
    body = submitted(call, draft(), "--plan", "P-SERVICE")
    assert call("withdraw", body["id"], "--by", "li-na", "--reason", "改期")[0] == 0
    one, two = two_posts(call)
    sheet = call("release", "sheet", one, two, "--applicant", "zhou-ting", "--to", "out")[1]["id"]
    assert call("withdraw", sheet, "--by", "zhou-ting", "--reason", "改期") == (9, "REQUEST_UNKNOWN")
    sign(call, world, sheet, "chen-jun")
    assert call("withdraw", one, "--by", "li-na", "--reason", "改期")[0] == 0
    assert (call("gate", "one.jsonl")[0], call("gate", "two.jsonl")[0]) == (1, 0)


def test_the_freeze_knows_no_post(world: World, call: Call) -> None:
    body = submitted(call, draft(), "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    code, _ = call("permit", "issue", body["id"], "--out", "p.json")
    assert code != 0 and not Path("p.json").exists()


def test_every_decision_stands_in_the_ledger_by_digest_and_without_words(world: World, call: Call) -> None:
    from zhongbao_core.ledger.journal import Journal

    call("gate", draft())
    with Journal.open(world.outside / "ledger.db", read_only=True) as journal:
        entries = list(journal.entries(kinds=("content.decision",)))
    assert [(item.ref, item.body["verdict"], item.body["codes"]) for item in entries] == [
        ("jc-wechat", "hold", ["NOT_SUBMITTED"])
    ]
    assert "升级" not in json.dumps(dict(entries[0].body), ensure_ascii=False)


PAGE = """<!DOCTYPE html><html><head><meta property="og:title" content="{title}">
<meta property="og:url" content="https://mp.weixin.qq.com/s?__biz=MzA&amp;mid=1&amp;idx=1&amp;sn=a"></head><body>
<div id="js_article"><h1 class="rich_media_title" id="activity-name">{title}</h1>
<a id="js_name">江城通信</a>
<div id="js_content" style="visibility: hidden;"><p>{body}</p></div></div></body></html>"""


def page(body: str = TEXT, title: str = "系统升级公告") -> str:
    Path("page.html").write_text(PAGE.format(title=title, body=body), "utf-8")
    return "page.html"


def wechat_draft(body: str = TEXT, **more: str) -> str:
    news = {
        "title": "系统升级公告",
        "author": "",
        "digest": "",
        "content": f"<p>{body}</p>",
        "content_source_url": "",
        **more,
    }
    Path("wx.json").write_text(json.dumps({"media_id": "m", "news_item": [news]}, ensure_ascii=False), "utf-8")
    return "wx.json"


def let_out(world: World, call: Call) -> str:
    path = draft()
    body = submitted(call, path, "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    assert call("gate", path)[0] == 0
    return str(body["id"])


def test_one_approval_covers_the_draft_in_wechat_and_the_published_page(world: World, call: Call) -> None:
    name = let_out(world, call)
    assert call("gate", wechat_draft(), "--account", "jc-wechat")[0] == 0
    code, answer = call("verify-published", page(), "--against", name)
    assert (code, answer["reason_code"], answer["posts"][0]["kind"]) == (0, "PUBLISHED_AS_APPROVED", "same")


def test_a_summary_added_in_wechat_holds_the_draft(world: World, call: Call) -> None:
    let_out(world, call)
    code, decision = call("gate", wechat_draft(digest="全城最快，史上最低"), "--account", "jc-wechat")
    assert (code, [item["code"] for item in decision["said"] if item["holds"]].count("POST_EDITED")) == (1, 1)


def test_a_page_changed_after_publishing_says_what_changed(world: World, call: Call) -> None:
    name = let_out(world, call)
    code, answer = call("verify-published", page(TEXT.replace("4:00", "6:00")), "--against", name)
    changes = answer["posts"][0]["changes"]
    assert (code, answer["posts"][0]["kind"]) == (1, "text_changed")
    assert changes == [{"kind": "figure", "before": "4:00", "after": "6:00", "small": False}]


def test_a_page_that_was_approved_and_never_let_out_by_the_gate_was_not_approved(world: World, call: Call) -> None:
    body = submitted(call, draft(), "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    code, answer = call("verify-published", page(), "--against", body["id"])
    assert (code, answer["posts"][0]["kind"]) == (1, "unapproved")


def test_reconcile_tells_the_same_the_changed_and_the_never_approved_apart(world: World, call: Call) -> None:
    let_out(world, call)
    base = {"channel": "wechat", "account": "jc-wechat", "published_at": iso(GAMES)}
    posts = [
        {"id": "1", "title": "系统升级公告", "text": TEXT, **base},
        {"id": "2", "title": "系统升级公告", "text": TEXT.replace("充值", "缴费"), **base},
        {"id": "3", "title": "别的", "text": "气象台发布暴雨黄色预警，请注意防范。", **base},
    ]
    Path("export.jsonl").write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in posts), "utf-8")
    code, answer = call("reconcile", "export.jsonl")
    assert code == 1
    assert [item["kind"] for item in answer["posts"]] == ["same", "text_changed", "unapproved"]
    assert answer["counts"] == {"same": 1, "text_changed": 1, "unapproved": 1}


def test_reconcile_of_what_cannot_be_read_is_no_clean_answer(world: World, call: Call) -> None:
    Path("odd.bin").write_bytes(b"\x00\x01\x02")
    code, answer = call("reconcile", "odd.bin")
    assert (code, answer["posts"], len(answer["unread"])) == (3, [], 1)


def two_posts(call: Call) -> tuple[str, str]:
    """Two submitted posts, each in its file ``one.jsonl`` and ``two.jsonl``."""
    numbers = []
    for name, text in (("one", TEXT), ("two", "明日凌晨进行网络优化，部分区域可能短时中断，敬请谅解。")):
        Path(draft(text)).rename(f"{name}.jsonl")
        numbers.append(submitted(call, f"{name}.jsonl", "--plan", "P-SERVICE")["id"])
    return numbers[0], numbers[1]


def test_one_approval_of_a_sheet_lets_every_post_on_it_out(world: World, call: Call) -> None:
    one, two = two_posts(call)
    code, sheet = call("release", "sheet", one, two, "--applicant", "zhou-ting", "--to", "out")
    assert (code, sheet["posts"]) == (0, [one, two])
    assert call("gate", "one.jsonl")[0] == call("gate", "two.jsonl")[0] == 1
    sign(call, world, sheet["id"], "chen-jun")
    assert call("gate", "one.jsonl")[0] == call("gate", "two.jsonl")[0] == 0
    text = Path(sheet["files"]["txt"]).read_text("utf-8")
    assert one in text and two in text and "回读码" in text


def test_a_struck_post_is_held_and_the_rest_of_the_sheet_stands(world: World, call: Call) -> None:
    one, two = two_posts(call)
    sheet = call("release", "sheet", one, two, "--applicant", "zhou-ting", "--to", "out")[1]["id"]
    sign(call, world, sheet, "chen-jun")
    code, _ = call("release", "strike", sheet, one, "--key", str(world.key("chen-jun")), "--reason", "改期")
    assert code == 0
    assert (call("gate", "one.jsonl")[0], call("gate", "two.jsonl")[0]) == (1, 0)


def test_each_post_of_a_sheet_is_provable_alone_and_a_changed_proof_is_none(world: World, call: Call) -> None:
    one, two = two_posts(call)
    sheet = call("release", "sheet", one, two, "--applicant", "zhou-ting", "--to", "out")[1]["id"]
    code, proof = call("release", "prove", sheet, two)
    assert code == 0 and one not in json.dumps(proof)
    Path("p.json").write_text(json.dumps(proof), "utf-8")
    assert call("release", "check", "p.json")[0] == 0
    proof["item"]["content"] = "sha256:" + "0" * 64
    Path("p.json").write_text(json.dumps(proof), "utf-8")
    assert call("release", "check", "p.json")[0] == 1


def test_a_revised_post_is_no_longer_the_one_on_the_sheet(world: World, call: Call) -> None:
    one, two = two_posts(call)
    sheet = call("release", "sheet", one, two, "--applicant", "zhou-ting", "--to", "out")[1]["id"]
    sign(call, world, sheet, "chen-jun")
    path = draft(TEXT.replace("敬请谅解", "感谢理解"))
    submitted(call, path, "--plan", "P-SERVICE", "--revise", one)
    assert call("gate", path)[1]["reason_code"] == "APPROVALS_MISSING"


def test_the_workbook_and_the_page_of_a_sheet_hold_its_posts_as_text(world: World, call: Call) -> None:
    from docx import Document
    from openpyxl import load_workbook

    Path(draft(TEXT, title="=1+1 升级公告")).rename("one.jsonl")
    one = submitted(call, "one.jsonl", "--plan", "P-SERVICE")["id"]
    files = call("release", "sheet", one, "--applicant", "zhou-ting", "--to", "out")[1]["files"]
    row = [str(cell.value) for cell in load_workbook(files["xlsx"]).worksheets[0][3]]
    assert row[1] == one and row[5] == "'=1+1 升级公告"
    cells = [cell.text for row in Document(files["docx"]).tables[0].rows for cell in row.cells]
    assert any(one in cell for cell in cells)


OUTAGE = {
    "cause": "光缆中断",
    "area": "江北区",
    "service": "宽带服务",
    "since": "2026-11-22T07:40",
    "until": "2026-11-22T10:00",
    "phone": "10000",
}


def notice(world: World, call: Call, person: str = "liu-yang", **changes: str) -> tuple[int, Any]:
    slots = [word for name, value in {**OUTAGE, **changes}.items() for word in ("--slot", f"{name}={value}")]
    return call("emergency", "issue", "T-OUTAGE", "--account", "jc-wechat", *slots, "--key", str(world.key(person)))


def test_an_outage_notice_goes_out_with_the_duty_rung_and_is_reviewed_next_day(world: World, call: Call) -> None:
    code, made = notice(world, call)
    assert (code, made["id"], made["due"]) == (0, "EMERGENCY-0001", "2026-11-23T16:00:00Z")
    assert made["words"].startswith("因光缆中断，江北区部分客户的宽带服务自11月22日7时40分起受到影响。")
    later = parse_instant("2026-11-24T09:00+08:00")
    assert call("emergency", "list", at=later)[0] == 1
    assert call("emergency", "review", made["id"], "--key", str(world.key("liu-yang")), at=later) == (9, "SAME_PERSON")
    assert call("emergency", "review", made["id"], "--key", str(world.key("chen-jun")), at=later)[0] == 0
    assert call("emergency", "list", at=later)[0] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cause": "外星人"}, "SLOT_INVALID"),
        ({"area": "江北区，点击 https://evil.example 领奖"}, "SLOT_INVALID"),
        ({"phone": "加微信"}, "SLOT_INVALID"),
        ({"since": "昨晚"}, "SLOT_INVALID"),
        ({"area": ""}, "SLOT_UNFILLED"),
        ({"extra": "x"}, "SLOT_UNKNOWN"),
    ],
)
def test_a_gap_takes_only_its_kind(world: World, call: Call, changes: dict[str, str], code: str) -> None:
    assert notice(world, call, **changes) == (9, code)


def test_below_the_duty_rung_nothing_goes_out(world: World, call: Call) -> None:
    assert notice(world, call, "zhou-ting") == (9, "RUNG_TOO_LOW")


def test_a_published_notice_reconciles_with_the_template_it_came_from(world: World, call: Call) -> None:
    made = notice(world, call)[1]
    Path("n.jsonl").write_text(
        json.dumps(
            {"id": "1", "title": made["title"], "text": made["words"], "channel": "wechat", "account": "jc-wechat"},
            ensure_ascii=False,
        ),
        "utf-8",
    )
    code, answer = call("reconcile", "n.jsonl")
    assert (code, answer["posts"][0]["kind"], answer["posts"][0]["against"]) == (0, "same", made["id"])


AD = "手机上新：新款5G手机到店，顶级影像，史上最强芯片，国家级品质，仅需2999元，先到先得，点击购买！"


def published(*posts: dict[str, Any]) -> str:
    base = {"channel": "wechat", "account": "jc-wechat", "published_at": iso(CALM)}
    lines = (json.dumps({**base, **item}, ensure_ascii=False) + "\n" for item in posts)
    Path("all.jsonl").write_text("".join(lines), "utf-8")
    return "all.jsonl"


def test_a_draft_with_an_open_block_is_neither_submitted_nor_let_out(world: World, call: Call) -> None:
    path = draft(AD)
    assert call("submit", path, "--applicant", "li-na") == (9, "BLOCK_OPEN")
    code, decision = call("gate", path)
    assert (code, decision["reason_code"]) == (1, "BLOCK_OPEN")
    assert decision["said"][0]["step"]["zh"]


def test_a_sweep_lists_the_blocked_post_and_its_copy_with_deadlines_and_owners(world: World, call: Call) -> None:
    export = published(
        {"id": "1", "title": "手机上新", "text": AD},
        {"id": "2", "title": "手机上新", "text": AD, "channel": "weibo", "account": "jc-weibo"},
        {"id": "3", "title": "天气", "text": "气象台发布暴雨黄色预警，请注意防范。"},
    )
    code, found = call("sweep", export, "--to", "out")
    assert (code, found["posts"], found["verdicts"]["block"]) == (1, 3, 2)
    one, two = found["takedowns"]
    assert (one["copies"], two["copies"]) == ([two["id"]], [one["id"]])
    assert {one["account"], two["account"]} == {"jc-wechat", "jc-weibo"} and one["owner"] == "wu-gang"
    again = call("sweep", export, "--to", "out", at=parse_instant("2026-11-22T12:00+08:00"))[1]
    assert [item["due"] for item in again["takedowns"]] == [one["due"], two["due"]]


def test_the_register_and_the_report_of_a_sweep_hold_what_was_found(world: World, call: Call) -> None:
    from docx import Document
    from openpyxl import load_workbook

    files = call("sweep", published({"id": "1", "title": "手机上新", "text": AD}), "--to", "out")[1]["files"]
    book = load_workbook(files["xlsx"])
    head = [cell.value for cell in book["内容排查台账"][1]]
    assert head[:5] == ["媒体", "账号", "主体", "标题", "发布时间"] and len(head) == 19
    row = dict(zip(head, (cell.value for cell in book["内容排查台账"][2]), strict=True))
    assert (row["媒体"], row["账号"], row["处置"], row["责任编辑"]) == ("微信公众号", "江城通信", "下架", "wu-gang")
    text = "\n".join(item.text for item in Document(files["docx"]).paragraphs)
    assert "已发布稿件 1 篇" in text and "拦截 1 篇" in text
    assert (Path(files["xlsx"]).stat().st_mode & 0o777) == 0o600


def test_the_page_of_a_sweep_is_whole_masked_and_runs_nothing_of_the_posts(world: World, call: Call) -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    export = published(
        {"id": "1", "title": hostile + "手机上新", "text": f"{AD} 联系人 13812345678", "url": "javascript:alert(3)"},
        {"id": "2", "title": "手机上新", "text": AD, "channel": "weibo", "account": "jc-weibo"},
        {"id": "3", "title": "天气", "text": "气象台发布暴雨黄色预警，请注意防范。", "account": '"><i>'},
    )
    found = call("sweep", export, "--to", "out")[1]
    page = Path(found["files"]["html"])
    text = page.read_text("utf-8")
    assert (text.count("<script>"), text.count("<img"), text.count("href=")) == (1, 0, 0)
    assert "default-src 'none'" in text.replace("&#39;", "'") and '"><i>' not in text
    assert "13812345678" not in text and "&lt;img" in text
    assert all(f'name="{name}"' in text for name in ("account", "rules", "severities", "verdict", "words"))
    rows = text.partition("下线清单")[2].partition("</table>")[0]
    assert [
        (item["id"] in rows, show(parse_instant(item["due"]), zone("Asia/Shanghai")) in rows)
        for item in found["takedowns"]
    ] == [(True, True)] * 2
    assert "吴刚 (wu-gang)" in rows and '<td class="n">2</td>' in text
    assert (page.stat().st_mode & 0o777) == 0o600


def test_a_sweep_holds_one_batch_of_posts_however_many_there_are(world: World) -> None:
    from content_audit.audit.registers import Registers
    from content_audit.commands.sweep_cli import BATCH, audited
    from content_audit.model import Audited, Passage, Post, Role, Source, Unread
    from content_audit.release.kept import Store
    from content_audit.release.open import open_content
    from content_audit.release.sweep import swept

    given, alive = 0, []

    def posts() -> Iterator[Post | Unread]:
        nonlocal given
        for given in range(3 * BATCH + 1):
            if given % BATCH == 0:
                alive.append(sum(isinstance(item, Audited) for item in gc.get_objects()))
            words = f"第 {given} 号公告：今晚进行网络优化，敬请谅解。"
            yield Post(str(given), Source("x"), "wechat", (Passage(Role.BODY, "text", words),))

    opened = open_content(
        Settings(folder=str(world.workspace), trust_file=str(world.outside / "trust.json")), iso(CALM)
    )
    rows = audited(opened, posts(), [])
    next(rows)
    assert given == BATCH - 1
    with Store() as store:
        found = swept(rows, Registers(), store.keep)
        assert [store.read(item.place).detail["post"] for item in found[:2]] == ["1", "2"]
    assert (len(found), max(alive) <= BATCH + 2) == (3 * BATCH, True)


def test_a_sweep_takes_overdue_takedowns_to_the_next_rung_and_the_list_says_how_late(world: World, call: Call) -> None:
    first = call("sweep", published({"id": "1", "title": "手机上新", "text": AD}), "--to", "out")[1]
    assert first["escalated"] == []
    late = parse_instant("2026-12-05T09:00+08:00")
    clean = published({"id": "3", "title": "天气", "text": "气象台发布暴雨黄色预警，请注意防范。"})
    code, again = call("sweep", clean, "--to", "out", at=late)
    assert (code, [(item["id"], item["escalated_to"]) for item in again["escalated"]]) == (
        1,
        [(first["takedowns"][0]["id"], "manager")],
    )
    item = call("takedown", "list", at=late)[1]["takedowns"][0]
    assert (item["overdue"], item["late_hours"] // 24, item["escalated_to"]) == (True, 12, "manager")
    shown = said(world, "takedown", "list", at=late)
    assert shown.startswith("【逾期】") and "已逾期 12 天，已升级至经理 陈军" in shown
    proof = ("--proof", published({"id": "9", "title": "别的", "text": "别的"}), "--key", str(world.key("wu-gang")))
    assert "已逾期 12 天" in said(world, "takedown", "confirm", item["id"], *proof, at=late)
    assert said(world, "takedown", "list", "--open", at=late) == ""


def said(world: World, name: str, *words: str, at: datetime) -> str:
    """What a person reads of a command, in Chinese."""
    settings = Settings(lang="zh", folder=str(world.workspace), trust_file=str(world.outside / "trust.json"))
    command = {"takedown": takedown, "sweep": sweep}[name]
    return CliRunner().invoke(command, [*words, "--at", iso(at)], obj=settings).stdout


def test_a_takedown_is_closed_by_a_page_that_reads_as_removed_or_a_signed_statement(world: World, call: Call) -> None:
    one, two = call(
        "sweep",
        published(
            {"id": "1", "title": "手机上新", "text": AD, "url": "https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=1&sn=a"},
            {"id": "2", "title": "手机上新", "text": AD, "channel": "weibo", "account": "jc-weibo"},
        ),
        "--to",
        "out",
    )[1]["takedowns"]
    Path("gone.txt.html").write_text(
        '<html><body><div class="weui-msg"><h2 class="weui-msg__title">该内容已被发布者删除</h2></div></body></html>',
        "utf-8",
    )
    still = published({"id": "9", "title": "手机上新", "text": AD})
    key = ("--key", str(world.key("wu-gang")))
    assert call("takedown", "confirm", one["id"], "--proof", still, *key) == (9, "PROOF_NOT_REMOVED")
    assert call("takedown", "confirm", one["id"], "--proof", "gone.txt.html") == (9, "PROOF_UNSIGNED")
    code, done = call("takedown", "confirm", one["id"], "--proof", "gone.txt.html", *key)
    assert (code, done["confirmed_by"]) == (0, "wu-gang")
    late = parse_instant("2026-12-05T09:00+08:00")
    code, found = call("takedown", "list", "--open", at=late)
    assert (code, [(item["id"], item["overdue"]) for item in found["takedowns"]]) == (1, [(two["id"], True)])


def test_an_overdue_takedown_goes_to_the_next_rung_once(world: World, call: Call) -> None:
    call("sweep", published({"id": "1", "title": "手机上新", "text": AD}), "--to", "out")
    late = parse_instant("2026-12-05T09:00+08:00")
    code, done = call("takedown", "escalate", at=late)
    assert (code, [item["escalated_to"] for item in done["escalated"]]) == (1, ["manager"])
    assert call("takedown", "escalate", at=late)[0] == 0


def test_a_sweep_of_nothing_is_no_clean_answer(world: World, call: Call) -> None:
    Path("empty.jsonl").write_text("", "utf-8")
    assert call("sweep", "empty.jsonl", "--to", "out")[0] == 3


def test_the_status_shows_posts_that_wait_takedowns_and_emergency_reviews_with_their_days(
    world: World, call: Call
) -> None:
    body = submitted(call, draft(), "--plan", "P-SERVICE")
    call("gate", draft())
    notice(world, call)
    down = call("sweep", published({"id": "1", "title": "手机上新", "text": AD}), "--to", "out")[1]["takedowns"][0]
    code, found = call("status")
    (post,) = found["content"]["posts"]
    assert (post["post"], post["held"], post["lacks"]) == (
        body["id"],
        "APPROVALS_MISSING",
        [{"zh": "还需 1 位经理及以上审批", "en": "needs 1 more of rank manager or above"}],
    )
    assert [item["overdue"] for name in ("takedowns", "reviews") for item in found["content"][name]] == [False, False]
    late = parse_instant("2026-11-27T09:00+08:00")
    code, found = call("status", at=late)
    content = found["content"]
    assert (code, found["reason_code"], content["posts"]) == (1, "OVERDUE", [])
    assert [(item["id"], item["late_days"], item["owner"]) for item in content["takedowns"]] == [
        (down["id"], 4, "wu-gang")
    ]
    assert [(item["id"], item["late_days"]) for item in content["reviews"]] == [("EMERGENCY-0001", 3)]
    call("takedown", "escalate", at=late)
    zh, en = status_text(world, "zh", late), status_text(world, "en", late)
    assert f"待下线        {down['id']} · wechat jc-wechat · wu-gang" in zh
    assert "已逾期 4 天，已升级至 manager" in zh and "jc-wechat · liu-yang 签发" in zh and "已逾期 3 天" in zh
    assert "OVERDUE BY 4 D, escalated to manager" in en and "posts         none" in en
    assert "| 待下线 1（逾期 1） | 紧急发布待复核 1（逾期 1） |" in status_text(world, "zh", late, "--line")


def status_text(world: World, lang: Lang, at: datetime, *more: str) -> str:
    """What a person reads of the status in a language."""
    from zhongbao.status_cli import status

    settings = Settings(lang, folder=str(world.workspace), trust_file=str(world.outside / "trust.json"))
    return CliRunner().invoke(status, [*more, "--at", iso(at)], obj=settings).stdout


def test_a_post_that_the_gate_let_out_waits_no_more_and_the_past_is_told_as_it_stood(world: World, call: Call) -> None:
    path = draft()
    body = submitted(call, path, "--plan", "P-SERVICE")
    sheet = call("release", "sheet", body["id"], "--applicant", "zhou-ting", "--to", "out")[1]["id"]
    later = GAMES + timedelta(minutes=10)
    assert call("approve", sheet, "--key", str(world.key("chen-jun")), at=later)[0] == 0
    assert [item["zh"] for item in waits(call, at=GAMES)[0]["lacks"]] == ["还需 1 位经理及以上审批"]
    assert [item["zh"] for item in waits(call, at=later)[0]["lacks"]] == ["审批已齐，待发布门放行"]
    assert call("gate", path, at=later)[0] == 0
    assert waits(call, at=later) == []


def waits(call: Call, at: datetime = GAMES) -> list[dict[str, Any]]:
    return list(call("status", at=at)[1]["content"]["posts"])


def test_a_workspace_without_content_shows_none_and_one_without_its_ledger_no_zero(world: World, call: Call) -> None:
    import shutil

    assert call("status", "--system", "portal")[1]["content"] is None
    (world.outside / "ledger.db").unlink()
    assert call("status")[1]["content"]["takedowns"] is None
    assert "待下线        未检查（" in status_text(world, "zh", GAMES)
    shutil.rmtree(world.workspace / "content")
    assert call("status")[1]["content"] is None


def picture(name: str, *, colour: str = "navy", level: int = 6) -> str:
    """A drawn picture; ``level`` is how hard its bytes are packed."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (320, 240), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 150, 200), fill=colour)
    pen.ellipse((180, 40, 300, 160) if colour == "navy" else (30, 10, 90, 230), fill="orange")
    image.save(name, compress_level=level)
    return name


def test_a_picture_swapped_after_approval_holds_the_draft(world: World, call: Call) -> None:
    path = draft(images=[picture("a.png")])
    body = submitted(call, path, "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    assert call("seen", body["id"], "--key", str(world.key("liu-yang")))[0] == 0
    assert call("gate", path)[0] == 0
    picture("a.png", colour="darkred")
    code, decision = call("gate", path)
    assert (code, decision["reason_code"], "图片" in decision["said"][0]["text"]["zh"]) == (1, "POST_EDITED", True)


def test_the_same_pixels_stored_otherwise_are_the_same_picture(world: World, call: Call) -> None:
    body = submitted(call, draft(images=[picture("a.png")]), "--plan", "P-SERVICE")
    sign(call, world, body["id"], "chen-jun")
    assert call("seen", body["id"], "--key", str(world.key("liu-yang")))[0] == 0
    code, decision = call("gate", draft(images=[picture("b.png", level=0)]))
    assert Path("a.png").read_bytes() != Path("b.png").read_bytes()
    assert (code, [item["text"]["zh"] for item in decision["said"] if item["holds"]]) == (0, [])


def test_the_gate_of_a_text_draft_loads_no_heavy_library(world: World, call: Call) -> None:
    import subprocess
    import sys

    let_out(world, call)
    heavy = [
        "numpy",
        "yaml",
        "pydantic",
        "rjieba",
        "jieba",
        "openpyxl",
        "docx",
        "PIL",
        "zxingcpp",
        "sqlalchemy",
        "rich",
    ]
    script = (
        "import sys; from zhongbao.__main__ import run; code = run(sys.argv[1:]); "
        f"print(code, [name for name in {heavy} if name in sys.modules])"
    )
    trust = str(world.outside / "trust.json")
    words = ["--workspace", str(world.workspace), "--trust", trust, "content", "gate", draft(), "--at", iso(GAMES)]
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, env={"PYTHONPATH": root}, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


def deep() -> bytes:
    return b'<html><body><div id="js_content">' + b"<div>" * 1_000_000 + TEXT.encode()


def bombed(name: str) -> bytes:
    """A zip whose one member is small and unpacks to more than anybody reads."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as out,
    ):
        for _ in range(20):
            out.write(b"\0" * (16 << 20))
    return target.getvalue()


def hostile(kind: str) -> str:
    """A file that asks for too much, by kind."""
    path = Path({"deep": "page.html", "bomb": "page.zip", "bomb in word": "page.docx", "huge": "page.htm"}[kind])
    if kind == "huge":
        path.write_bytes(b"<!DOCTYPE html><html><body><p>" + b" " * MAX_FILE)
    else:
        path.write_bytes(deep() if kind == "deep" else bombed("a.html" if kind == "bomb" else "word/document.xml"))
    return str(path)


HOSTILE = ["deep", "bomb", "bomb in word", "huge"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_page_that_asks_for_too_much_is_refused_with_its_reason_and_never_compared(
    world: World, call: Call, kind: str
) -> None:
    name = let_out(world, call)
    page = hostile(kind)
    code, answer = call("content", "verify-published", page, "--against", name)
    assert (code, answer["reason_code"]) == (3, "DRAFT_UNREADABLE")
    assert any(word in answer["error"]["zh"] for word in ("嵌套过深", "超过大小上限"))
    code, answer = call("content", "gate", page, *("--account", "jc-wechat"))
    assert (code, answer["reason_code"]) == (3, "DRAFT_UNREADABLE")
    code, answer = call("content", "reconcile", page)
    assert (code, answer["posts"], [item["why"] in ("too_deep", "too_big") for item in answer["unread"]]) == (
        3,
        [],
        [True],
    )


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_proof_that_asks_for_too_much_proves_nothing_whoever_signs_it(world: World, call: Call, kind: str) -> None:
    [listed] = call("sweep", published({"id": "1", "title": "手机上新", "text": AD}), "--to", "out")[1]["takedowns"]
    signed = ("--proof", hostile(kind), "--key", str(world.key("wu-gang")))
    code, answer = call("content", "takedown", "confirm", listed["id"], *signed)
    assert (code, answer["reason_code"]) == (3, "PROOF_UNREAD")
    assert call("takedown", "list", "--open")[1]["takedowns"]


def test_pages_and_proofs_of_strangers_are_parsed_in_a_process_of_their_own(
    world: World, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(html: str) -> None:
        raise AssertionError("parsed in this process")

    name = let_out(world, call)
    for place in ("html_text", "wechat", "wechat_page", "html_draft"):
        monkeypatch.setattr(f"content_audit.readers.{place}.parse", here)
    assert call("verify-published", page(), "--against", name)[0] == 0
    assert call("reconcile", page())[0] == 0
    [listed] = call("sweep", published({"id": "1", "title": "手机上新", "text": AD}), "--to", "out")[1]["takedowns"]
    key = ("--key", str(world.key("wu-gang")))
    assert call("takedown", "confirm", listed["id"], "--proof", page(AD, "手机上新"), *key) == (9, "PROOF_NOT_REMOVED")
