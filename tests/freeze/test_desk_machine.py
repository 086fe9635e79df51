"""Approvals as a state machine: any order of asking, approving, waiting, rotating, revoking, delegating and doing.

The desk and the gate are the real ones over a ledger in memory; signatures and codes are cheap stand-ins here (the
real ones run in ``test_request_flow``). The oracle keeps its own books and shares no code with either: every allow
must be lawful by it. Hypothesis looks for short counterexamples; a seeded walk over the same machine brings the
number of steps. ZHONGBAO_SOAK=1 runs twenty times as much.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

sys.path.insert(0, str(Path(__file__).parent))

from desk_fakes import ANY_WAY, T0, CheapSignatures, MemoryBook, cheap_sign, draft, policy, staff
from fakes import GAMES, china_days

from freeze.decision.case import PermitView
from freeze.decision.gate import decide
from freeze.desk.base import Desk
from freeze.desk.glass import record_glass, review_glass
from freeze.desk.glass_paper import Emergency, prepare
from freeze.desk.permits import issue_permit, start_run
from freeze.desk.requests import request_of, submit, withdraw
from freeze.doors.store import known_of
from freeze.model import BreakGlass, ChangeRequest, Question, Requirement, Rung, Verdict
from zhongbao_core.approval import codes
from zhongbao_core.approval.attest import attestation_text
from zhongbao_core.approval.permit_file import Proof, parse_text
from zhongbao_core.approval.statement import read_back_code
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span
from zhongbao_core.desk.approvals import approval_of, confirm, record_signed, reject
from zhongbao_core.desk.attested import Said, cosign, draft_attestation, record_attested
from zhongbao_core.desk.codes import issue_card, record_coded
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.people import Delegation, PublicKey

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SOAK = bool(os.environ.get("ZHONGBAO_SOAK"))
STEPS = 40
EXAMPLES = 1000 if SOAK else 40
WALKS, WALK = (16_000, 50) if SOAK else (800, 50)
DAYS = china_days(2026)

APPROVERS = ("chen-jun", "liu-yang", "zhao-min", "sun-li", "he-ping")
EVERYONE = (*APPROVERS, "zhang-wei", "li-na", "wang-fang", "xu-gang", "sun-mei")
PARTIES = {"zhang-wei", "li-na", "wang-fang"}
LADDER = (
    Rung("one", (Level.FULL,), ("rollback",), ("*",), (), (Requirement("manager", 1, ANY_WAY),)),
    Rung("two", (Level.FULL,), ("*",), ("*",), (), (Requirement("manager", 2, ANY_WAY),)),
)
FULL = replace(GAMES, phases=(replace(GAMES.phases[2], span=Span(T0 - 30 * 24 * HOUR, None)),))
SEALED = codes.issue(1, T0, bits=codes.SEALED_BITS)
GLASS = BreakGlass(sealed_codes=SEALED.hashes)
people = st.sampled_from(EVERYONE)
approver = st.sampled_from(APPROVERS)
pick = st.integers(0, 99)


@dataclass
class Said_:
    """The oracle's note of one accepted word."""

    person: str
    voice: str
    at: datetime
    key: str = ""
    hands: frozenset[str] = frozenset()


@dataclass
class Sheet:
    """The oracle's books on one request."""

    kind: str
    start: datetime
    end: datetime
    revision: int = 1
    dead: bool = False
    words: list[Said_] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


@dataclass
class Pass_:
    """The oracle's note of one permit."""

    request: str
    revision: int
    issued: datetime
    text: bytes


class NoProofs:
    def prove(self, places: Sequence[int], at: datetime) -> tuple[tuple[Proof, ...], str]:
        return (), ""


def cheap_slow(code: str, cost: tuple[int, int, int], salt: bytes) -> bytes:
    return sha256(salt + code.encode()).digest()


class DeskMachine(RuleBasedStateMachine):
    steps = 0
    allows = 0
    refusals = 0

    def __init__(self) -> None:
        super().__init__()
        self.slow = codes._slow
        codes._slow = cheap_slow
        self.book = MemoryBook()
        self.now = T0
        self.number = dict.fromkeys(EVERYONE, 1)
        self.revoked: dict[str, datetime] = {}
        self.stolen: set[str] = set()
        self.delegations: list[Delegation] = []
        self.sheets: dict[str, Sheet] = {}
        self.passes: dict[str, Pass_] = {}
        self.glass: dict[str, tuple[datetime, bool]] = {}
        self.sealed_used = False
        self.renew()

    def teardown(self) -> None:
        codes._slow = self.slow

    def renew(self) -> None:
        """The policy as it stands now: keys and deputies may have changed."""
        base = staff(*self.delegations)
        persons = {
            name: replace(person, keys=tuple(self.key(name, number) for number in range(1, self.number[name] + 1)))
            for name, person in base.persons.items()
        }
        people = replace(base, persons=persons)
        self.policy = policy(directory=people, ladder=LADDER, event=FULL, breakglass=GLASS, holidays=DAYS)
        self.desk = Desk(self.book, self.policy, CheapSignatures())

    def key(self, person: str, number: int) -> PublicKey:
        name = f"{person}-{number}"
        return PublicKey(
            name, f"ssh-ed25519 {name}", revoked_at=self.revoked.get(name), compromised=name in self.stolen
        )

    def armor(self, person: str, data: bytes, purpose: str = "approve", old: bool = False) -> bytes:
        number = 1 if old else self.number[person]
        return cheap_sign(f"ssh-ed25519 {person}-{number}", data, f"{purpose}@zhongbao")

    def tried(self, action: Any, *values: Any, **more: Any) -> Any:
        """The result, or None where it was refused: refusing is always lawful."""
        type(self).steps += 1
        try:
            return action(*values, **more)
        except ZhongbaoError:
            type(self).refusals += 1
            return None

    def chosen(self, number: int) -> str:
        return list(self.sheets)[number % len(self.sheets)]

    def statement(self, name: str) -> bytes:
        return self.desk.statement(self.desk.state(name))

    def draft(self, rollback: bool, minutes: int) -> ChangeRequest:
        kind = "rollback" if rollback else "patch"
        return draft(kind=kind, start=self.now + minutes * MINUTE)

    @initialize(rollback=st.booleans())
    def begin(self, rollback: bool) -> None:
        self.ask(rollback, 30)

    @rule(rollback=st.booleans(), minutes=st.integers(0, 600))
    @precondition(lambda self: len(self.sheets) < 5)
    def ask(self, rollback: bool, minutes: int) -> None:
        made = self.tried(submit, self.desk, self.draft(rollback, minutes), self.now)
        assert made is not None
        assert made.request.id == f"CR-games-{len(self.sheets) + 1:04d}"
        self.sheets[made.request.id] = Sheet(made.request.kind, made.request.start, made.request.end)

    @rule(number=pick, rollback=st.booleans(), minutes=st.integers(0, 600))
    def revise(self, number: int, rollback: bool, minutes: int) -> None:
        name = self.chosen(number)
        made = self.tried(submit, self.desk, self.draft(rollback, minutes), self.now, revise=name)
        if made is not None:
            sheet = self.sheets[name]
            assert not sheet.dead
            sheet.kind, sheet.start, sheet.end = made.request.kind, made.request.start, made.request.end
            sheet.revision, sheet.words, sheet.used = sheet.revision + 1, [], set()

    @rule(number=pick, person=approver, rejecting=st.booleans())
    @precondition(lambda self: len(self.sheets) > 1)
    def end(self, number: int, person: str, rejecting: bool) -> None:
        name = self.chosen(number)
        if rejecting:
            data = self.statement(name)
            done = self.tried(reject, self.desk, data, self.armor(person, data, "reject"), "不同意", self.now)
        else:
            done = self.tried(withdraw, self.desk, name, "zhang-wei", "不做", self.now)
        if done is not None:
            self.sheets[name].dead = True

    @rule(number=pick, person=people, principal=approver, deputy=st.booleans(), old=st.booleans())
    def sign(self, number: int, person: str, principal: str, deputy: bool, old: bool) -> None:
        name = self.chosen(number)
        data, voice = self.statement(name), principal if deputy else person
        armor = self.armor(person, data, old=old)
        key = f"{person}-{1 if old else self.number[person]}"
        if self.tried(record_signed, self.desk, data, armor, self.now, voice=voice) is not None:
            assert key not in self.revoked
            self.heard(name, Said_(person, voice, self.now, key, frozenset({person, voice})))

    @rule(number=pick, person=people, wrong=st.integers(0, 9))
    def coded(self, number: int, person: str, wrong: int) -> None:
        name = self.chosen(number)
        data = self.statement(name)
        card = issue_card(self.desk, person, 1, self.now)
        code = "A" * 10 if wrong == 0 else card.codes[0]
        read_back = "AAAA-AAAA" if wrong == 1 else read_back_code(data)
        if self.tried(record_coded, self.desk, data, person, code, read_back, self.now) is not None:
            assert wrong > 1
            self.heard(name, Said_(person, person, self.now, "", frozenset({person})))
            again = self.tried(record_coded, self.desk, data, person, code, read_back, self.now)
            assert again is None

    @rule(number=pick, person=people, registrar=people, witness=people, confirming=st.booleans())
    def attested(self, number: int, person: str, registrar: str, witness: str, confirming: bool) -> None:
        name = self.chosen(number)
        data = self.statement(name)
        said = Said(person, "phone", self.now, call_back="13800001234")
        item = self.tried(draft_attestation, self.desk, data, said, registrar, witness, self.now)
        if item is None:
            return
        text = attestation_text(item)
        if self.tried(record_attested, self.desk, data, item, self.armor(registrar, text, "attest"), self.now) is None:
            return
        if self.tried(cosign, self.desk, name, self.armor(witness, text, "attest"), self.now) is None:
            return
        assert len({person, registrar, witness}) == 3
        self.heard(name, Said_(person, person, self.now, "", frozenset({person})))
        if confirming:
            self.tried(confirm, self.desk, data, self.armor(person, data, "confirm"), self.now)

    def heard(self, name: str, said: Said_) -> None:
        """An accepted word: it must have been lawful to accept it."""
        sheet = self.sheets[name]
        assert not sheet.dead
        assert self.now < sheet.end
        assert not {said.person, said.voice} & PARTIES
        assert said.voice in APPROVERS
        if said.person != said.voice:
            assert any(
                item.deputy == said.person and item.principal == said.voice and item.span.contains(self.now)
                for item in self.delegations
            )
        assert not any(said.hands & other.hands for other in sheet.words)
        sheet.words.append(said)

    @rule(minutes=st.sampled_from([1, 5, 20, 45, 130, 600, 1500]))
    def wait(self, minutes: int) -> None:
        type(self).steps += 1
        self.now += minutes * MINUTE

    @rule(person=people)
    def rotate(self, person: str) -> None:
        type(self).steps += 1
        if self.number[person] < 4:
            self.revoked.setdefault(f"{person}-{self.number[person]}", self.now)
            self.number[person] += 1
            self.renew()

    @rule(person=approver, stolen=st.booleans())
    def revoke(self, person: str, stolen: bool) -> None:
        type(self).steps += 1
        name = f"{person}-{self.number[person]}"
        self.revoked.setdefault(name, self.now)
        if stolen:
            self.stolen.add(name)
        self.renew()

    @rule(principal=approver, deputy=approver, hours=st.integers(1, 12))
    def delegate(self, principal: str, deputy: str, hours: int) -> None:
        type(self).steps += 1
        if principal != deputy and len(self.delegations) < 6:
            self.delegations.append(Delegation(principal, deputy, Span(self.now, self.now + hours * HOUR)))
            self.renew()

    @rule(number=pick, first=approver, second=approver)
    def climb(self, number: int, first: str, second: str) -> None:
        """Two words and a permit in a row: so that permits, and allows, are not rare."""
        self.sign(number, first, first, False, False)
        self.coded(number, second, 9)
        self.issue(number)

    @rule(number=pick, minutes=st.integers(-1, 130))
    @precondition(lambda self: self.passes)
    def wait_for(self, number: int, minutes: int) -> None:
        """To about the start of a permit's span."""
        type(self).steps += 1
        told = list(self.passes.values())[number % len(self.passes)]
        self.now = max(self.now, self.sheets[told.request].start + minutes * MINUTE)

    @rule(number=pick)
    def issue(self, number: int) -> None:
        name = self.chosen(number)
        made = self.tried(issue_permit, self.desk, name, self.now)
        if made is not None:
            sheet = self.sheets[name]
            assert self.lawful(sheet, self.now)
            assert not sheet.used
            self.passes[made.id] = Pass_(name, sheet.revision, self.now, made.text)

    def lawful(self, sheet: Sheet, at: datetime) -> bool:
        """Enough different persons, recent enough, with keys nobody stole: counted here by hand."""
        good = {word.voice for word in sheet.words if at - word.at <= 24 * HOUR and word.key not in self.stolen}
        return not sheet.dead and at < sheet.end and len(good) >= (1 if sheet.kind == "rollback" else 2)

    @rule(number=pick, other=st.integers(0, 9), recorded=st.booleans())
    @precondition(lambda self: self.passes)
    def door(self, number: int, other: int, recorded: bool) -> None:
        type(self).steps += 1
        name = list(self.passes)[number % len(self.passes)]
        view = self.view(self.passes[name])
        question = self.question(view, other)
        with self.book.transaction(self.now) as tx:
            known = known_of(tx, question, view, self.now, self.policy.zone)  # type: ignore[arg-type]
            decision = decide(question, self.policy, self.now, permit=view, use=known.use)
            allowed = decision.verdict is Verdict.ALLOW
            if allowed and not recorded:
                tx.append("decision", "cli", {"verdict": "allow"}, f"use:{name}")
        if not allowed:
            type(self).refusals += 1
            return
        type(self).allows += 1
        self.must_be_lawful(name, other)
        if recorded:
            start_run(self.desk, self.passes[name].request, name, self.now, door="cli", actor="li-na", host="h")

    def must_be_lawful(self, name: str, other: int) -> None:
        """No unlawful allow: the right thing, at the right time, once, with enough different persons behind it."""
        told = self.passes[name]
        sheet = self.sheets[told.request]
        begins = max(told.issued, sheet.start)
        assert other > 2
        assert told.revision == sheet.revision
        assert begins <= self.now < min(begins + 2 * HOUR, sheet.end)
        assert not sheet.used
        assert self.lawful(sheet, self.now)
        sheet.used.add(name)

    def question(self, view: PermitView, other: int) -> Question:
        """What the permit is for; 0 to 2 ask for something else."""
        request = view.request
        assert request is not None
        return Question(
            targets=(Target("portal", "prod"),) if other == 0 else request.targets,
            kind="network" if other == 1 else request.kind,
            binds={"command": "sha256:" + "e" * 64} if other == 2 else dict(request.binds),
        )

    def view(self, told: Pass_) -> PermitView:
        permit = parse_text(told.text)
        state = self.desk.state(told.request)
        carried = {item.entry for item in permit.approvals}
        words = [word for word in (*state.voided, *state.approvals) if word.entry in carried]
        return PermitView(
            permit.id,
            subject=permit.subject,
            request=self.request_in(permit.request),
            approvals=tuple(approval_of(word) for word in words),
            statement=permit.statement.digest,
            not_before=permit.not_before,
            expires_at=permit.expires_at,
            manifest=permit.manifest,
        )

    def request_in(self, body: dict[str, Any]) -> ChangeRequest:
        from freeze.in_force.codec import request_from_json

        return request_from_json(body)

    @rule(signers=st.lists(people, max_size=4), sealed=st.booleans(), restores=st.booleans())
    def break_glass(self, signers: list[str], sealed: bool, restores: bool) -> None:
        code = SEALED.codes[0] if sealed else ""
        asked = Emergency("li-na", "表空间满", (Target("core-db", "prod"),), restores=restores, code=code)
        papers = prepare(self.policy, asked, self.now)
        armors = [self.armor(person, papers.statement) for person in signers]
        done = self.tried(record_glass, self.desk, NoProofs(), papers.request, papers.statement, armors, self.now)
        if done is None:
            return
        open_ones = [due for due, reviewed in self.glass.values() if not reviewed]
        assert restores or not any(self.now >= due for due in open_ones)
        assert not (sealed and self.sealed_used)
        assert all(f"{person}-{self.number[person]}" not in self.revoked for person in signers)
        assert set(signers) <= set(APPROVERS)
        needed = (0 if sealed else 2) + (1 if open_ones and not restores else 0)
        assert len(set(signers)) >= needed
        self.sealed_used = self.sealed_used or sealed
        self.glass[done.glass.id] = (self.now + 24 * HOUR, False)

    @rule(person=people, number=pick)
    @precondition(lambda self: self.glass)
    def review(self, person: str, number: int) -> None:
        name = list(self.glass)[number % len(self.glass)]
        if self.tried(review_glass, self.desk, name, person, "已复盘", self.now) is not None:
            due, reviewed = self.glass[name]
            assert not reviewed
            self.glass[name] = (due, True)

    @invariant()
    def books_agree(self) -> None:
        """The ledger's own replay tells the same revision, end and persons as the oracle; looked at now and then."""
        if len(self.book.rows) % 7:
            return
        for name, sheet in self.sheets.items():
            state = self.desk.state(name)
            assert (state.current.number, state.final is not None) == (sheet.revision, sheet.dead)
            assert sorted(word.voice for word in state.approvals) == sorted(word.voice for word in sheet.words)
            assert state.oddities == ()


def test_no_unlawful_allow_in_any_order_of_events() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    before = DeskMachine.steps
    health = list(HealthCheck)
    run_state_machine_as_test(
        DeskMachine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=health, database=None
        ),
    )
    assert DeskMachine.steps - before > EXAMPLES * 10


def test_no_unlawful_allow_in_fifty_thousand_steps() -> None:
    DeskMachine.steps = DeskMachine.allows = DeskMachine.refusals = 0
    for seed in range(WALKS):
        walk(Random(seed), WALK)  # noqa: S311 a repeatable walk, nothing secret
    assert DeskMachine.steps > 1.25 * WALKS * WALK
    assert DeskMachine.allows > WALKS // 10
    assert DeskMachine.refusals > WALKS


def walk(dice: Random, length: int) -> None:
    """A seeded walk: the same rules as above, drawn by weight."""
    machine = DeskMachine()
    try:
        machine.ask(dice.random() < 0.3, 30)
        for _ in range(length):
            step(machine, dice)
        machine.books_agree()
    finally:
        machine.teardown()


def step(machine: DeskMachine, dice: Random) -> None:
    """One step of a walk; one that has nothing to act on yet waits a minute instead."""
    n, one, two, three = dice.randrange(100), *(dice.choice(EVERYONE) for _ in range(3))
    lead, other, flag, flip = dice.choice(APPROVERS), dice.choice(APPROVERS), dice.random() < 0.5, dice.random() < 0.3
    moves: list[tuple[int, bool, Callable[[], None]]] = [
        (3, len(machine.sheets) < 5, lambda: machine.ask(flip, dice.randrange(600))),
        (2, True, lambda: machine.revise(n, flip, dice.randrange(200))),
        (1, len(machine.sheets) > 1, lambda: machine.end(n, lead, flag)),
        (8, True, lambda: machine.sign(n, dice.choice((one, lead)), other, flip, flip)),
        (4, True, lambda: machine.coded(n, dice.choice((one, lead)), dice.randrange(10))),
        (
            4,
            True,
            lambda: machine.attested(n, lead, dice.choice((two, "xu-gang")), dice.choice((three, "sun-mei")), flag),
        ),
        (6, True, lambda: machine.climb(n, lead, other)),
        (6, True, lambda: machine.issue(n)),
        (4, bool(machine.passes), lambda: machine.wait_for(n, dice.randrange(-1, 130))),
        (3, True, lambda: machine.wait(dice.choice((1, 5, 20, 45, 130, 600)))),
        (1, True, lambda: machine.rotate(one)),
        (1, True, lambda: machine.revoke(lead, flip)),
        (1, True, lambda: machine.delegate(lead, other, 1 + n % 12)),
        (12, bool(machine.passes), lambda: machine.door(n, dice.randrange(10), flag)),
        (2, True, lambda: machine.break_glass([one, lead, other][: n % 4], flip, flag)),
        (2, bool(machine.glass), lambda: machine.review(dice.choice((one, lead)), n)),
    ]
    weight, ready, move = dice.choices(moves, [item[0] for item in moves])[0]
    move() if ready else machine.wait(weight)


def test_the_oracle_sees_lawful_allows_too() -> None:
    """A straight walk through the machine ends in an allow: the oracle is not green because nothing ever opens."""
    machine = DeskMachine()
    try:
        machine.ask(False, 30)
        machine.sign(0, "chen-jun", "chen-jun", False, False)
        machine.coded(0, "zhao-min", 9)
        machine.issue(0)
        assert request_of(machine.desk, machine.desk.state("CR-games-0001")).kind == "patch"
        machine.wait(45)
        before = DeskMachine.allows
        machine.door(0, 9, True)
        machine.door(0, 9, True)
        assert DeskMachine.allows == before + 1
    finally:
        machine.teardown()
