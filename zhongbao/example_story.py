"""What has happened in the example before the reader comes: requests in every state, made by the real desk.

The instants are fixed; the story stops at 02:30 on 12 November 2026 (Shanghai), in the middle of a night of work.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from freeze.authoring.request_load import load_draft
from freeze.desk.base import Desk
from freeze.desk.glass import record_glass
from freeze.desk.glass_paper import Emergency, prepare
from freeze.desk.permits import LedgerProver, end_run, export_permit, issue_permit, start_run
from freeze.desk.requests import submit, withdraw
from freeze.desk.standard import use_standard
from freeze.in_force.compiled import CompiledPolicy
from zhongbao.example_world import World
from zhongbao_core.approval.attest import attestation_text
from zhongbao_core.approval.signing import sign
from zhongbao_core.approval.statement import read_back_code
from zhongbao_core.approval.subject import NAMESPACES, Target
from zhongbao_core.clock import parse_instant, zone
from zhongbao_core.desk.approvals import record_signed, reject
from zhongbao_core.desk.attested import Said, cosign, draft_attestation, record_attested
from zhongbao_core.desk.base import SSH
from zhongbao_core.desk.codes import card_text, issue_card, record_coded
from zhongbao_core.ledger.checkpoint import load_signer
from zhongbao_core.ledger.journal import Journal
from zhongbao_core.ledger.outside import save
from zhongbao_core.trustfile import Trust

NOW = "2026-11-12T02:30"
"""Where the story stops."""
CARDS = {"sun-li": 6, "xu-jing": 4}
"""Who holds a card of approval codes, and how many are on it."""


class Request(NamedTuple):
    """A request of the story and what was done with it, step by step."""

    draft: str
    submitted: str
    steps: tuple[Step, ...] = ()


class Step(NamedTuple):
    """One thing done to a request: what, when, by whom."""

    what: str
    when: str
    who: str = ""


STORY = (
    Request(
        "portal-release",
        "2026-11-03T15:00",
        (
            Step("sign", "2026-11-03T16:10", "zhou-ting"),
            Step("permit", "2026-11-04T00:20"),
            Step("start", "2026-11-04T00:31", "li-na"),
            Step("end", "2026-11-04T01:12"),
        ),
    ),
    Request("core-upgrade", "2026-11-05T10:00", (Step("reject", "2026-11-05T14:00", "xu-jing"),)),
    Request("crm-config", "2026-11-06T09:30", (Step("withdraw", "2026-11-07T11:00", "li-na"),)),
    Request(
        "billing-patch",
        "2026-11-10T16:00",
        (
            Step("sign", "2026-11-10T16:40", "chen-jun"),
            Step("sign", "2026-11-10T17:15", "ma-chao"),
            Step("permit", "2026-11-11T00:50"),
            Step("start", "2026-11-11T01:02", "li-na"),
            Step("end", "2026-11-11T01:55"),
        ),
    ),
    Request("emergency", "2026-11-11T03:10"),
    Request("block", "2026-11-11T10:25"),
    Request(
        "sms-rollback",
        "2026-11-11T23:20",
        (
            Step("attest", "2026-11-11T23:40", "liu-yang"),
            Step("permit", "2026-11-12T00:55"),
            Step("start", "2026-11-12T01:01", "zhao-lei"),
            Step("end", "2026-11-12T01:13"),
        ),
    ),
    Request(
        "ims-cutover",
        "2026-11-11T15:00",
        (
            Step("sign", "2026-11-11T15:30", "liu-yang"),
            Step("code", "2026-11-11T18:05", "xu-jing"),
            Step("permit", "2026-11-12T01:50"),
            Step("start", "2026-11-12T02:04", "zhao-lei"),
        ),
    ),
    Request(
        "payment-patch",
        "2026-11-11T15:10",
        (
            Step("sign", "2026-11-11T16:00", "chen-jun"),
            Step("sign", "2026-11-11T16:30", "ma-chao"),
            Step("permit", "2026-11-12T02:25"),
        ),
    ),
    Request(
        "redis-config",
        "2026-11-11T16:40",
        (Step("sign", "2026-11-11T17:00", "liu-yang"), Step("sign", "2026-11-11T17:30", "xu-jing")),
    ),
    Request("dns-config", "2026-11-11T17:40", (Step("sign", "2026-11-11T18:00", "huang-min"),)),
    Request("portal-emergency", "2026-11-12T02:10"),
)
"""In order of their numbers: done, rejected, withdrawn, done, (break-glass), (standard change), done with a
confirmation owed, running, permit issued, approved, partly approved, submitted."""


def tell(world: World, trust: Trust, policy: CompiledPolicy) -> int:
    """Play the story into the ledger of ``world``; the number of requests submitted."""
    with Journal.open(world.outside / "ledger.db", writer="desk") as journal:
        teller = _Teller(world, trust, policy, journal)
        for name, count in CARDS.items():
            teller.card(name, count)
        moments = sorted((event.when, number, event) for number, event in enumerate(teller.plan()))
        for _, _, event in moments:
            event.act()
        teller.checkpoint()
        return len(teller.requests)


class _Event(NamedTuple):
    when: datetime
    act: Callable[[], object]


class _Teller:
    """Does each step at its instant, signing with the keys of the example's persons."""

    def __init__(self, world: World, trust: Trust, policy: CompiledPolicy, journal: Journal) -> None:
        self.world, self.policy, self.journal = world, policy, journal
        self.desk = Desk(journal, policy, SSH(), rehearsal=True)
        self.prover = LedgerProver(journal, load_signer(trust.ledger.key_file or world.outside, trust.ledger.origin))
        self.here = zone(policy.zone)
        self.requests: dict[str, str] = {}
        self.codes: dict[str, list[str]] = {}

    def at(self, text: str) -> datetime:
        """A local time of the story as an instant."""
        return parse_instant(text, self.here)

    def plan(self) -> list[_Event]:
        """Every step of every request with its instant, in the order written."""
        special = {"emergency": self.break_glass, "block": self.block_attacker}
        events: list[_Event] = []
        for item in STORY:
            if item.draft in special:
                events.append(_Event(self.at(item.submitted), _bound(special[item.draft], item.draft, item.submitted)))
                continue
            events.append(_Event(self.at(item.submitted), _bound(self.submit, item.draft, item.submitted)))
            events += [_Event(self.at(step.when), _bound(self.step, item.draft, step)) for step in item.steps]
        return events

    def step(self, draft: str, step: Step) -> None:
        """One step of a request."""
        acts: dict[str, Callable[[str, Step], object]] = {
            "sign": self.sign,
            "reject": self.reject,
            "withdraw": self.withdraw,
            "attest": self.attest,
            "code": self.code,
            "permit": self.permit,
            "start": self.start,
            "end": self.end,
        }
        acts[step.what](self.requests[draft], step)

    def submit(self, draft: str, when: str) -> None:
        """Submit a draft of the workspace."""
        found, _ = load_draft(self.world.workspace / "requests" / f"{draft}.yaml", self.policy.zone)
        self.requests[draft] = submit(self.desk, found, self.at(when)).request.id

    def card(self, person: str, count: int) -> None:
        """A card of one-time codes; the paper lies outside."""
        made = issue_card(self.desk, person, count, self.at("2026-10-26T09:30"))
        self.codes[person] = list(made.codes)
        self.world.write_private(f"cards/{person}.txt", card_text(self.desk, made))

    def sign(self, request: str, step: Step) -> None:
        """An approval by signature."""
        statement = self.desk.statement(self.desk.state(request))
        record_signed(self.desk, statement, self._armor(step.who, statement, "approve"), self.at(step.when))

    def reject(self, request: str, step: Step) -> None:
        """A rejection by signature."""
        statement = self.desk.statement(self.desk.state(request))
        reason = "限制封网期内不做大版本升级，赛后再议"
        reject(self.desk, statement, self._armor(step.who, statement, "reject"), reason, self.at(step.when))

    def withdraw(self, request: str, step: Step) -> None:
        """The applicant takes it back."""
        withdraw(self.desk, request, step.who, "改用赛后窗口", self.at(step.when))

    def code(self, request: str, step: Step) -> None:
        """An approval by a code read over the phone; the first code of the card is spent."""
        statement = self.desk.statement(self.desk.state(request))
        code, back = self.codes[step.who].pop(0), read_back_code(statement)
        record_coded(self.desk, statement, step.who, code, back, self.at(step.when))

    def attest(self, request: str, step: Step) -> None:
        """An approval by phone, registered by the shift lead and witnessed by the engineer on duty."""
        at = self.at(step.when)
        statement = self.desk.statement(self.desk.state(request))
        said = Said(step.who, "phone", at, call_back="13900001010")
        item = draft_attestation(self.desk, statement, said, "zhou-ting", "sun-hao", at)
        text = attestation_text(item)
        record_attested(self.desk, statement, item, self._armor("zhou-ting", text, "attest"), at)
        cosign(self.desk, request, self._armor("sun-hao", text, "attest"), at)

    def permit(self, request: str, step: Step) -> None:
        """Issue the permit and write its file."""
        made = issue_permit(self.desk, request, self.at(step.when))
        issued = next(item for item in made.state.permits if item.id == made.id)
        self._keep(made.id, export_permit(self.desk, self.prover, made.state, issued, self.at(step.when)))

    def start(self, request: str, step: Step) -> None:
        """Work begins."""
        permit = self.desk.state(request).permits[-1].id
        start_run(self.desk, request, permit, self.at(step.when), door="deploy", actor=step.who, host="ops-01")

    def end(self, request: str, step: Step) -> None:
        """Work ends well."""
        permit = self.desk.state(request).permits[-1].id
        end_run(self.desk, request, permit, self.at(step.when), outcome="ok", exit_code=0, log=b"ok\n")

    def break_glass(self, _name: str, when: str) -> None:
        """Two persons open an emergency release to restore an outage; its review is still owed."""
        at = self.at(when)
        asked = Emergency(
            by="sun-hao",
            reason="核心数据库表空间占满，计费与缴费中断，扩容恢复",
            targets=(Target("core-db", "prod"),),
            restores=True,
        )
        paper = prepare(self.policy, asked, at)
        armors = [self._armor(name, paper.statement, "approve") for name in ("sun-hao", "liu-yang")]
        opened = record_glass(self.desk, self.prover, paper.request, paper.statement, armors, at)
        self._keep(opened.glass.id, opened.permit)

    def block_attacker(self, _name: str, when: str) -> None:
        """A standard change: an attacker's address is blocked."""
        values = {"ip": "203.0.113.77", "hours": "24"}
        used = use_standard(
            self.desk, self.prover, "block-attacker-ip", values, (Target("waf", "prod"),), "sun-hao", self.at(when)
        )
        self._keep(used.id, used.permit)

    def checkpoint(self) -> None:
        """A signed checkpoint where the ledger cannot write."""
        head = self.journal.head()
        save(self.journal.checkpoint(self.prover.signer, self.at(NOW)), head.size, self.world.outside / "checkpoints")

    def _armor(self, person: str, message: bytes, purpose: str) -> bytes:
        return sign(self.world.key(person), message, NAMESPACES[purpose]).encode()

    def _keep(self, name: str, data: bytes) -> None:
        folder = self.world.workspace / "permits"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.json").write_bytes(data)


def _bound(act: Callable[..., object], *values: object) -> Callable[[], object]:
    return lambda: act(*values)
