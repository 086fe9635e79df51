"""Registers as people write them: YAML and workbooks say the same, and every mistake is told at its place."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from content_audit.audit.registers import Account, Contact, Escalation, Form, Licence, TopUp, WrongForm
from content_audit.authoring.check import check_content
from content_audit.authoring.register_sheet import COLUMNS
from content_audit.authoring.registers import FOLDER, KINDS, Loaded, load_files
from zhongbao_core.clock import Span, parse_instant
from zhongbao_core.people import Directory, Person

ZONE = "Asia/Shanghai"
SPAN = Span(parse_instant("2026-11-01T00:00+08:00"), parse_instant("2026-12-01T00:00+08:00"))


def load(**files: str | bytes) -> Loaded:
    """Files by name with ``_`` for the dot: ``licences_yaml="..."``."""
    made = {
        f"{FOLDER}/{name.replace('_', '.', 1)}": text.encode() if isinstance(text, str) else text
        for name, text in files.items()
    }
    return load_files(made, ZONE)


def book(rows: list[list[Any]], title: str = "台账") -> bytes:
    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


def said(loaded: Loaded) -> list[tuple[str, int, int, str]]:
    return [(item.file.rpartition("/")[2], item.line, item.column, item.code) for item in loaded.complaints]


LICENCES = """\
licences:
  - id: L1
    mark: 吉祥物阿海
    licensee: 示例通信
    contract: HT-2026-01
    channels: [wechat, weibo]
    names: [阿海]
    start: "2026-11-01T00:00"
    end: "2026-11-30T24:00"
"""


def test_yaml_and_a_workbook_of_the_same_row_give_the_same_licence() -> None:
    sheet = book(
        [
            ["知识产权许可台账（2026）"],
            ["编号", "标志", "被许可人", "合同编号", "渠道（可多个）", "其他名称", "生效时间", "失效时间"],
            [
                "L1",
                "吉祥物阿海",
                "示例通信",
                "HT-2026-01",
                "微信、微博",
                "阿海",
                datetime(2026, 11, 1),
                date(2026, 11, 30),
            ],
        ]
    )
    want = (
        Licence(
            "L1", "吉祥物阿海", "示例通信", SPAN, frozenset({"wechat", "weibo"}), "HT-2026-01", frozenset({"阿海"})
        ),
    )
    from_yaml, from_sheet = load(licences_yaml=LICENCES), load(licences_xlsx=sheet)
    assert (from_yaml.complaints, from_sheet.complaints) == ((), ())
    assert from_yaml.registers.licences == from_sheet.registers.licences == want


def test_a_row_that_is_not_understood_is_told_by_sheet_row_and_column_and_the_others_count() -> None:
    sheet = book(
        [
            ["编号", "规范表述", "类别", "错误写法", "近似字数"],
            ["F1", "第十九届示例运动会", "赛事", "第19届示例运动会；示例十九运", 1],
            ["F2", "示例通信集团", "公司", "", "一"],
        ]
    )
    loaded = load(forms_xlsx=sheet)
    assert [form.id for form in loaded.registers.forms] == ["F1"]
    assert loaded.registers.forms[0].wrong == (WrongForm("第19届示例运动会"), WrongForm("示例十九运"))
    assert said(loaded) == [
        ("forms.xlsx[台账]", 3, 3, "UNKNOWN_WORD"),
        ("forms.xlsx[台账]", 3, 5, "CELL"),
    ]


def test_an_unknown_column_and_an_unknown_key_are_errors_at_their_place() -> None:
    sheet = book([["域名", "用途", "颜色"], ["example.com", "官网", "红"]])
    assert said(load(hosts_xlsx=sheet)) == [("hosts.xlsx[台账]", 1, 3, "COLUMN_UNKNOWN")]
    wrong = "hosts:\n  - host: example.com\n    colour: red\n"
    assert said(load(hosts_yaml=wrong)) == [("hosts.yaml", 3, 5, "UNKNOWN_KEY")]


def test_a_workbook_that_is_none_is_a_complaint_and_no_crash() -> None:
    assert said(load(hosts_xlsx=b"PK\x03\x04 not a workbook")) == [("hosts.xlsx", 0, 0, "SHEET_UNREADABLE")]


def test_a_span_that_ends_before_it_begins_is_no_row() -> None:
    loaded = load(licences_yaml=LICENCES.replace("2026-11-30T24:00", "2026-10-30T24:00"))
    assert (loaded.registers.licences, said(loaded)) == ((), [("licences.yaml", 9, 10, "END_BEFORE_START")])


def test_an_id_stands_once_even_across_yaml_and_workbook() -> None:
    sheet = book(
        [
            ["编号", "标志", "被许可人", "合同编号", "生效时间", "失效时间"],
            ["L1", "会徽", "示例通信", "HT-2", "2026-11-01", "2026-11-30"],
        ]
    )
    assert said(load(licences_yaml=LICENCES, licences_xlsx=sheet)) == [("licences.yaml", 2, 9, "ID_TWICE")]


MEDIA = """\
rungs: [lead, director]
top_up: [{rank: vp, persons: 1}]
media:
  - {id: wx, channel: wechat, name: 示例通信, names: [gh_1], rung: lead, duty_rung: director, owner: li}
  - {id: wx2, channel: wechat, name: 示例服务, names: [gh_1], rung: lead, owner: nobody}
"""


def test_media_names_rungs_and_accounts_and_two_accounts_share_no_name() -> None:
    loaded = load(media_yaml=MEDIA)
    registers = loaded.registers
    assert (registers.rungs, registers.top_up) == (("lead", "director"), (TopUp("vp"),))
    assert isinstance(registers.account("gh_1", "wechat"), Account)
    assert said(loaded) == [("media.yaml", 5, 38, "ACCOUNT_NAME_TWICE")]


def test_ranks_and_persons_that_people_yaml_lacks_are_complained_about() -> None:
    person = Person("li", "李", "u", "lead", frozenset({"approver"}))
    loaded = load(media_yaml=MEDIA).against(Directory({"li": person}, ("lead", "director")))
    assert [code for *_, code in said(loaded)] == ["RANK_UNKNOWN", "ACCOUNT_NAME_TWICE", "PERSON_UNKNOWN"]


PLAN = """\
plans:
  - id: P1
    title: 资费说明预案
    owner: li
    contacts: [{name: 李, role: 值班, phone: "1000"}]
    hours: "08:00-22:00"
    triggers: [负面留言超过 20 条]
    answers: [{question: 为何, answer: 因为}]
    escalation: [{trigger: 上热搜, to: 分管领导, minutes: 30}]
    start: "2026-11-01T00:00"
    end: open
"""


def test_a_plan_without_one_of_its_parts_is_no_plan() -> None:
    assert load(plans_yaml=PLAN).complaints == ()
    for part in ("contacts", "triggers", "answers", "escalation"):
        lines = [f"    {part}: []" if line.strip().startswith(part) else line for line in PLAN.splitlines()]
        loaded = load(plans_yaml="\n".join(lines))
        assert (loaded.registers.plans, said(loaded)[0][3]) == ((), "EMPTY")


def test_records_of_a_workbook_stand_one_a_line_with_bars() -> None:
    sheet = book(
        [
            ["编号", "预案名称", "责任人", "联系人", "值守时间", "触发条件", "口径", "升级", "生效时间", "失效时间"],
            ["P1", "预案", "li", "李|值班|1000\n王|宣传|1001", "00:00-24:00", "投诉增多", "为何|因为",
             "上热搜|领导|30", "2026-11-01", "长期"],
        ]
    )  # fmt: skip
    loaded = load(plans_xlsx=sheet)
    assert loaded.complaints == ()
    plan = loaded.registers.plans[0]
    assert plan.contacts == (Contact("李", "值班", "1000"), Contact("王", "宣传", "1001"))
    assert (plan.escalation, plan.span.end) == ((Escalation("上热搜", "领导", 30),), None)


def test_a_template_fills_exactly_the_gaps_it_lists() -> None:
    text = """\
templates:
  - id: T1
    title: 故障公告
    kind: outage
    words: "{area}通信服务于{time}出现异常，{cause}"
    slots: [{name: area, kind: place}, {name: time, kind: time}, {name: spare, kind: text}]
    start: "2026-11-01T00:00"
    end: open
"""
    assert [code for *_, code in said(load(templates_yaml=text))] == ["SLOT_UNKNOWN", "SLOT_UNUSED"]


def test_every_register_has_columns_for_every_key_that_its_yaml_needs() -> None:
    assert COLUMNS.keys() == KINDS.keys()
    for name, kind in KINDS.items():
        keys = {column.key.partition(".")[0] for column in COLUMNS[name]}
        needed = {field.alias or key for key, field in kind.form.model_fields.items()}
        assert needed == keys | (needed & {"except_"}), name


def test_a_form_keeps_its_exceptions() -> None:
    text = 'forms:\n  - {id: F, kind: event, exact: 示例运动会, except: [示例运动会馆], order: 3, title: ""}\n'
    loaded = load(forms_yaml=text)
    assert isinstance(loaded.registers.forms[0], Form)
    assert loaded.registers.forms[0].except_ == frozenset({"示例运动会馆"})


def test_a_register_under_a_wrong_name_is_told(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "licence.xlsx").write_bytes(book([["编号"]]))
    (folder / "hosts.yaml").write_text("hosts: []\n", encoding="utf-8")
    (folder / "~$hosts.xlsx").write_bytes(b"lock")
    found = check_content(tmp_path, ZONE, Directory({}, ()))
    assert [(item.file, item.code) for item in found.complaints] == [
        ("content/registers/licence.xlsx", "REGISTER_UNREAD")
    ]
    assert found.read == {"content/registers/hosts.yaml"}


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[1, 2", b"licences: 3\n", b"- a\n", b"licences: [[[]]]\n"])
def test_any_bytes_give_complaints_and_never_an_error(data: bytes) -> None:
    assert load(licences_yaml=data).complaints
