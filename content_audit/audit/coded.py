"""Rules that code judges, not words in a file: hidden characters, exact forms, sensitive events, copies.

Their ids end in 9xx, so that they meet no rule of a pack; a workspace may disable them like any other.
"""

from __future__ import annotations

from content_audit.audit.rule import Rule
from content_audit.model import Verdict
from zhongbao_core.event import Level
from zhongbao_core.finding import Confidence, Severity
from zhongbao_core.text import Text

_NORMS = "《网络信息内容生态治理规定》第七条"
_ACCOUNTS = "《互联网用户公众账号信息服务管理规定》第十八条"
_COMPANY = "公司规范表述台账"

OVERRIDE = Rule(
    id="HIDE-901",
    title=Text("方向控制字符", "direction override"),
    category="hidden",
    verdict=Verdict.REVIEW,
    severity=Severity.HIGH,
    match=(),
    confidence=Confidence.CERTAIN,
    law=_NORMS,
    why=Text("显示顺序与实际文字不同，审核看到的不是读者看到的", "what is shown is not what is written"),
    remedy=Text("删除方向控制字符", "remove the direction characters"),
    evidence=Text("确需从右向左排版的说明", "why the text needs right-to-left setting"),
)
INVISIBLE = Rule(
    id="HIDE-902",
    title=Text("词中夹有不可见字符", "invisible characters inside words"),
    category="hidden",
    verdict=Verdict.NOTE,
    severity=Severity.LOW,
    match=(),
    confidence=Confidence.FIRM,
    law=_NORMS,
    why=Text("可用来避开审核，也可能由编辑器带入", "used to slip past an audit; editors leave them too"),
    remedy=Text("删除不可见字符后再发布", "remove them before publishing"),
)
TAGGED = Rule(
    id="HIDE-903",
    title=Text("隐藏文字（标签字符）", "text hidden in tag characters"),
    category="hidden",
    verdict=Verdict.REVIEW,
    severity=Severity.HIGH,
    match=(),
    confidence=Confidence.CERTAIN,
    law=_NORMS,
    why=Text("人看不见而机器能读出的文字", "words that machines read and people do not see"),
    remedy=Text("删除标签字符", "remove the tag characters"),
    evidence=Text("隐藏文字的来历", "where the hidden words come from"),
)
WRONG_FORM = Rule(
    id="FORM-901",
    title=Text("表述与规范不符", "not the exact form"),
    category="forms",
    verdict=Verdict.REVIEW,
    severity=Severity.HIGH,
    match=(),
    verdict_at=((Level.RESTRICTED, Verdict.BLOCK),),
    confidence=Confidence.CERTAIN,
    law=_COMPANY,
    why=Text("已知的错误写法", "a known wrong form"),
    remedy=Text("改为规范表述", "write the exact form"),
    evidence=Text("规范表述的出处", "the source of the exact form"),
)
NEAR_FORM = Rule(
    id="FORM-902",
    title=Text("疑似规范表述的误写", "a near miss of an exact form"),
    category="forms",
    verdict=Verdict.REVIEW,
    severity=Severity.MEDIUM,
    match=(),
    confidence=Confidence.TENTATIVE,
    law=_COMPANY,
    why=Text("与规范表述只差一两个字", "a character or two off the exact form"),
    remedy=Text("核对后改为规范表述", "check it and write the exact form"),
    evidence=Text("确为另一名称的说明", "that it is another name"),
)
WRONG_TITLE = Rule(
    id="FORM-903",
    title=Text("姓名与职务不符", "name and title do not fit"),
    category="forms",
    verdict=Verdict.REVIEW,
    severity=Severity.CRITICAL,
    match=(),
    confidence=Confidence.FIRM,
    law=_COMPANY,
    why=Text("姓名旁的职务与台账不同", "the title beside the name is not that of the register"),
    remedy=Text("按台账改正职务", "correct the title as the register has it"),
    evidence=Text("任免文件", "the paper of appointment"),
)
WRONG_ORDER = Rule(
    id="FORM-904",
    title=Text("领导排序与台账不符", "leaders named out of order"),
    category="forms",
    verdict=Verdict.REVIEW,
    severity=Severity.HIGH,
    match=(),
    confidence=Confidence.FIRM,
    law=_COMPANY,
    why=Text("同一句中的先后与台账不同", "the order in one sentence is not that of the register"),
    remedy=Text("按台账调整先后", "put them in the order of the register"),
    evidence=Text("正式排序的文件", "the official order"),
)
TONE = Rule(
    id="EVENT-901",
    title=Text("敏感事件旁的不当语气", "a tone out of place beside a sensitive event"),
    category="sensitive",
    verdict=Verdict.REVIEW,
    severity=Severity.HIGH,
    match=(),
    verdict_at=((Level.FULL, Verdict.BLOCK),),
    law=_NORMS,
    why=Text("与敏感事件同时出现", "it stands beside a sensitive event"),
    remedy=Text("删去该表述，或改期发布", "remove it, or publish at another time"),
    evidence=Text(
        "与事件无关的说明，或分管负责人意见", "that it is not about the event, or the word of the person in charge"
    ),
)
COMBINED = Rule(
    id="EVENT-902",
    title=Text("敏感事件与禁配词同文", "words that must not stand beside a sensitive event"),
    category="sensitive",
    verdict=Verdict.REVIEW,
    severity=Severity.HIGH,
    match=(),
    verdict_at=((Level.FULL, Verdict.BLOCK),),
    law=_NORMS,
    why=Text("台账规定二者不得同文", "the register forbids the two in one post"),
    remedy=Text("删去其一", "remove one of them"),
    evidence=Text("分管负责人意见", "the word of the person in charge"),
)
QUIET = Rule(
    id="EVENT-903",
    title=Text("静默时段内发布", "published within the quiet window"),
    category="sensitive",
    verdict=Verdict.REVIEW,
    severity=Severity.MEDIUM,
    match=(),
    confidence=Confidence.CERTAIN,
    law=_NORMS,
    why=Text("事件静默时段内，此类渠道暂停发布", "posts of this channel wait during the quiet window"),
    remedy=Text("推迟到静默时段之后", "publish after the quiet window"),
    evidence=Text("必须即时发布的理由（如应急通知）", "why it cannot wait, as an emergency notice"),
)
COPY = Rule(
    id="COPY-901",
    title=Text("多个账号发布雷同内容", "the same content on several accounts"),
    category="source",
    verdict=Verdict.NOTE,
    severity=Severity.LOW,
    match=(),
    confidence=Confidence.FIRM,
    law=_ACCOUNTS,
    why=Text("多账号批量发布雷同内容", "several accounts publish the same"),
    remedy=Text("由一个账号首发，其余转发并注明来源", "publish once, re-share with the source elsewhere"),
)
CODED = (
    OVERRIDE, INVISIBLE, TAGGED, WRONG_FORM, NEAR_FORM, WRONG_TITLE, WRONG_ORDER, TONE, COMBINED, QUIET, COPY,
)  # fmt: skip
"""Every rule that code judges."""
