"""What a set of approvals adds up to: persons are counted, and every refusal has its reason."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhongbao_core.approval.ladder import REASONS, Approval, LadderResult, Missing, evaluate, reachable
from zhongbao_core.approval.matching import Candidate, best
from zhongbao_core.clock import Span
from zhongbao_core.people import Delegation, Directory, Person, PublicKey

SCALE = 20 if os.environ.get("ZHONGBAO_SOAK") else 1
AT = datetime(2026, 11, 21, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
STATEMENT = "sha256:" + "ab" * 32
RANKS = ("staff", "manager", "director", "vp")
ALL = ("signed", "coded", "attested")


@dataclass(frozen=True)
class Need:
    rank: str = "manager"
    count: int = 1
    assurance: tuple[str, ...] = ("signed",)
    role: str = "approver"


def person(name: str, rank: str, *, active: bool = True, roles: str = "approver", **key: object) -> Person:
    keys = (PublicKey(f"{name}-1", f"ssh-ed25519 KEY-OF-{name}", **key),)  # type: ignore[arg-type]
    return Person(name, name, "net", rank, frozenset(roles.split()), keys, frozenset({f"{name}@corp"}), active=active)


PEOPLE = (
    person("app", "staff"),
    person("exe", "manager"),
    person("ver", "manager"),
    person("mei", "manager"),
    person("min", "manager"),
    person("dan", "director"),
    person("dong", "director"),
    person("vera", "vp"),
    person("reg", "staff"),
    person("wit", "staff"),
    person("gone", "manager", active=False),
    person("late", "manager", valid_from=AT),
    person("lost", "manager", revoked_at=AT - HOUR),
    person("leak", "manager", revoked_at=AT + HOUR, compromised=True),
    person("over", "manager", valid_until=AT - 2 * HOUR),
    person("duty", "manager", roles="duty"),
)
LEAVE = Span(AT - 10 * HOUR, AT - HOUR / 2)
DIRECTORY = Directory(
    persons={item.id: item for item in PEOPLE},
    ranks=RANKS,
    delegations=(Delegation("vera", "mei", LEAVE), Delegation("dan", "min", LEAVE), Delegation("app", "dong", LEAVE)),
    rank_names={"vp": "副总"},
)


def word(name: str, **changes: object) -> Approval:
    """A signed approval by ``name`` in the own voice, received an hour ago."""
    rank = DIRECTORY.persons[name].rank if name in DIRECTORY.persons else "manager"
    base = Approval(name, name, rank, "signed", f"{name}-1", AT - HOUR, STATEMENT, 7)
    return base._replace(**changes)  # type: ignore[arg-type]


def attested(name: str, registrar: str = "reg", cosigner: str = "wit") -> Approval:
    return word(name, assurance="attested", key_id="", registrar=registrar, cosigner=cosigner, confirmed=False)


def judged(
    require: list[Need],
    approvals: list[Approval],
    *,
    parties: tuple[str, str, str] = ("app", "exe", "ver"),
    at: datetime = AT,
    night: bool = False,
    statement: str = STATEMENT,
    life: timedelta | None = timedelta(hours=24),
) -> LadderResult:
    applicant, executor, verifier = parties
    return evaluate(
        require,
        approvals,
        DIRECTORY,
        applicant=applicant,
        executor=executor,
        verifier=verifier,
        at=at,
        night=night,
        statement=statement,
        life=life,
    )


def test_one_manager_and_one_director_satisfy_a_rung_of_two() -> None:
    found = judged([Need("manager"), Need("director")], [word("mei"), word("dan")])
    assert found == LadderResult(True, (), (word("dan"), word("mei")), ())


def test_the_higher_rank_is_kept_for_the_place_only_it_can_fill() -> None:
    found = judged([Need("manager", 2), Need("director")], [word("dan"), word("mei"), word("min")])
    assert found.satisfied
    assert not judged([Need("manager", 2), Need("director")], [word("dan"), word("mei")]).satisfied


def test_the_hardest_place_is_filled_first_so_that_what_is_missing_is_the_easiest_to_get() -> None:
    rung = [Need("manager"), Need("director", assurance=ALL), Need("vp", assurance=ALL)]
    result = judged(rung, [word("mei"), word("vera")])
    assert [item.rank for item in result.missing] == ["director"]


def test_what_is_missing_is_named_with_rank_number_and_assurance() -> None:
    found = judged([Need("manager", 3), Need("vp", 1, ("signed", "coded"))], [word("mei")])
    assert found.missing == (Missing("manager", 2, ("signed",)), Missing("vp", 1, ("signed", "coded")))
    assert not found.satisfied


@pytest.mark.parametrize(
    ("approval", "code"),
    [
        pytest.param(word("nobody"), "UNKNOWN_PERSON", id="somebody nobody knows"),
        pytest.param(word("gone"), "UNKNOWN_PERSON", id="left the company"),
        pytest.param(word("app"), "APPLICANT", id="the applicant"),
        pytest.param(word("dong", voice="app", rank="staff"), "APPLICANT", id="a deputy with the applicant's voice"),
        pytest.param(word("exe"), "EXECUTOR", id="the executor"),
        pytest.param(word("ver"), "VERIFIER", id="the verifier"),
        pytest.param(word("mei", statement_digest="sha256:" + "0" * 64), "OTHER_STATEMENT", id="another revision"),
        pytest.param(word("mei", received_at=AT + timedelta(seconds=121)), "FUTURE", id="from the future"),
        pytest.param(word("mei", received_at=AT - 24 * HOUR), "EXPIRED", id="a day old to the second"),
        pytest.param(word("mei", voice="dan", rank="director"), "NOT_DEPUTY", id="deputy of somebody else"),
        pytest.param(
            word("mei", voice="vera", rank="vp", received_at=AT - HOUR / 2), "NOT_DEPUTY", id="delegation just ended"
        ),
        pytest.param(word("mei", rank="vp"), "WRONG_RANK", id="a rank of one's own making"),
        pytest.param(word("mei", voice="vera"), "WRONG_RANK", id="the principal's voice with the own rank"),
        pytest.param(word("mei", assurance="shouted"), "UNKNOWN_ASSURANCE", id="another kind of approval"),
        pytest.param(word("mei", key_id="dan-1"), "UNKNOWN_KEY", id="another person's key"),
        pytest.param(word("late"), "KEY_NOT_VALID", id="key not valid yet when received"),
        pytest.param(word("over"), "KEY_NOT_VALID", id="key run out when received"),
        pytest.param(word("lost"), "KEY_NOT_VALID", id="revoked at the instant it was received"),
        pytest.param(word("leak"), "KEY_COMPROMISED", id="compromised, though received before the revocation"),
        pytest.param(attested("mei", registrar=""), "NO_WITNESS", id="no registrar"),
        pytest.param(attested("mei", cosigner="gone"), "NO_WITNESS", id="a witness who left"),
        pytest.param(attested("mei", "reg", "reg"), "WITNESS_IS_PARTY", id="registrar witnesses the own record"),
        pytest.param(attested("mei", "mei", "wit"), "WITNESS_IS_PARTY", id="approver registers the own word"),
        pytest.param(attested("mei", "app", "wit"), "WITNESS_IS_PARTY", id="the applicant registers it"),
        pytest.param(attested("mei", "reg", "exe"), "WITNESS_IS_PARTY", id="the executor witnesses it"),
        pytest.param(word("reg"), "RANK_TOO_LOW", id="rank too low for every requirement"),
        pytest.param(word("mei", assurance="coded", key_id=""), "ASSURANCE_TOO_LOW", id="a code where keys are asked"),
        pytest.param(word("duty"), "WRONG_ROLE", id="without the role"),
    ],
)
def test_an_approval_that_does_not_count_is_refused_with_its_reason(approval: Approval, code: str) -> None:
    found = judged([Need("manager")], [approval])
    assert (found.satisfied, found.counted, found.refused) == (False, (), ((approval, REASONS[code]),))


def test_every_reason_is_said_in_both_languages() -> None:
    assert all(text.zh and text.en for text in REASONS.values())
    assert len({text.en for text in REASONS.values()}) == len(REASONS)


def test_two_accounts_of_one_person_are_one_person() -> None:
    found = judged([Need("manager")], [word("mei")], parties=("mei@corp", "exe", "ver"))
    assert found.refused == ((word("mei"), REASONS["APPLICANT"]),)


def test_a_person_who_signs_twice_counts_once() -> None:
    first, second = word("mei"), word("mei", received_at=AT - HOUR / 2, entry=9)
    found = judged([Need("manager", 2)], [second, first])
    assert (found.counted, found.refused) == ((first,), ((second, REASONS["SAME_PERSON"]),))


def test_a_deputy_does_not_count_once_for_the_principal_and_once_for_the_own_rank() -> None:
    own, lent = word("mei"), word("mei", voice="vera", rank="vp")
    assert judged([Need("vp")], [lent]).satisfied
    assert not judged([Need("manager"), Need("vp")], [own, lent]).satisfied


def test_principal_and_deputy_are_one_voice() -> None:
    own, lent = word("vera"), word("mei", voice="vera", rank="vp")
    found = judged([Need("vp", 2)], [own, lent])
    assert (len(found.counted), found.missing) == (1, (Missing("vp", 1, ("signed",)),))
    assert [reason for _, reason in found.refused] == [REASONS["SAME_VOICE"]]


def test_one_key_in_two_persons_records_is_one_voice() -> None:
    shared = PublicKey("shared", "ssh-ed25519 SAME comment a")
    again = PublicKey("again", "ssh-ed25519 SAME comment b")
    people = {
        "mei": replace(DIRECTORY.persons["mei"], keys=(shared,)),
        "min": replace(DIRECTORY.persons["min"], keys=(again,)),
    }
    directory = replace(DIRECTORY, persons={**DIRECTORY.persons, **people})
    approvals = [word("mei", key_id="shared"), word("min", key_id="again")]
    found = evaluate([Need("manager", 2)], approvals, directory, applicant="app", executor="exe", verifier="ver", at=AT)
    assert (found.satisfied, len(found.counted)) == (False, 1)


def test_a_registrar_of_an_approval_that_is_needed_does_not_approve_beside_it() -> None:
    record = attested("dan", "mei", "wit")
    found = judged([Need("director", 1, ALL), Need("manager", 1, ALL)], [record, word("mei")])
    assert not found.satisfied
    assert REASONS["WITNESS"] in [reason for _, reason in found.refused]
    assert judged([Need("director", 1, ALL), Need("manager", 1, ALL)], [record, word("mei"), word("min")]).satisfied


def test_registering_another_persons_word_cannot_take_an_approval_away() -> None:
    assert judged([Need("manager", 1, ALL)], [word("mei"), attested("dan", "mei", "wit")]).satisfied


def test_a_key_revoked_after_receipt_still_counts_as_it_did() -> None:
    directory = replace(
        DIRECTORY, persons={**DIRECTORY.persons, "mei": person("mei", "manager", revoked_at=AT - HOUR / 2)}
    )
    found = evaluate([Need()], [word("mei")], directory, applicant="app", executor="exe", verifier="ver", at=AT)
    assert found.satisfied


def test_a_delegation_counts_at_the_time_of_receipt_not_of_judgement() -> None:
    lent = word("mei", voice="vera", rank="vp")
    assert judged([Need("vp")], [lent], at=AT + HOUR).satisfied


@pytest.mark.parametrize(
    ("parties", "night", "fine"),
    [
        pytest.param(("app", "exe", "ver"), False, True, id="three persons by day"),
        pytest.param(("app", "exe", ""), False, False, id="no verifier by day"),
        pytest.param(
            ("app", "exe", ""), True, True, id="at night two on site are enough, the verifier signs next morning"
        ),
        pytest.param(("app", "app", ""), True, False, id="one person alone at night"),
        pytest.param(("app", "exe", "exe"), True, False, id="executor verifies the own work at night"),
        pytest.param(("app", "exe", "app"), False, False, id="applicant verifies"),
        pytest.param(("app", "app@corp", "ver"), False, False, id="applicant executes under another account"),
        pytest.param(("app", "", ""), False, True, id="a subject nobody executes, such as a policy"),
        pytest.param(("", "", ""), False, True, id="break-glass without named roles"),
    ],
)
def test_the_roles_of_a_change_are_held_by_different_persons(
    parties: tuple[str, str, str], night: bool, fine: bool
) -> None:
    found = judged([Need()], [word("mei")], parties=parties, night=night)
    assert (found.satisfied, bool(found.problems)) == (fine, not fine)


@pytest.mark.parametrize(
    "require",
    [
        pytest.param([], id="nobody required"),
        pytest.param([Need(count=0)], id="zero persons"),
        pytest.param([Need(count=-1), Need()], id="less than zero persons"),
        pytest.param([Need(assurance=())], id="no assurance"),
        pytest.param([Need(assurance=("signed", "nodded"))], id="unknown assurance"),
        pytest.param([Need(rank="emperor")], id="unknown rank"),
        pytest.param([Need(count=33)], id="more persons than a rung may ask for"),
    ],
)
def test_an_empty_or_unusable_rung_is_refused_whoever_signed(require: list[Need]) -> None:
    found = judged(require, [word(item.id) for item in PEOPLE])
    assert not found.satisfied
    assert found.problems
    assert reachable(require, DIRECTORY, AT) == list(found.problems)


def test_a_reachable_rung_has_no_problem_and_an_unreachable_one_names_the_gap() -> None:
    assert reachable([Need("director", 2), Need("vp")], DIRECTORY, AT) == []
    (gap,) = reachable([Need("vp", 2)], DIRECTORY, AT)
    assert ("副总" in gap.zh, "1 more" in gap.en) == (True, True)
    assert reachable([Need("manager", 3, ALL, "duty")], DIRECTORY, AT)


def test_a_rung_is_unreachable_once_the_keys_have_run_out_unless_a_deputy_can_sign() -> None:
    people = {**DIRECTORY.persons, "vera": person("vera", "vp", valid_until=AT - 9 * HOUR)}
    directory = replace(DIRECTORY, persons=people)
    assert reachable([Need("vp")], directory, AT)
    assert reachable([Need("vp")], directory, AT - HOUR) == []
    assert reachable([Need("vp", 1, ("signed", "coded"))], directory, AT) == []


# -- invariants -------------------------------------------------------------------------------------------------------

speakers = ["mei", "min", "dan", "dong", "vera", "app", "exe", "ver", "leak", "lost", "late", "duty"]


@st.composite
def words(draw: st.DrawFn) -> Approval:
    name = draw(st.sampled_from(speakers))
    lent = {"mei": ("vera", "vp"), "min": ("dan", "director")}.get(name)
    voice, rank = lent if lent and draw(st.booleans()) else (name, DIRECTORY.persons[name].rank)
    received = AT - HOUR * draw(st.integers(1, 3))
    kind = draw(st.sampled_from(ALL))
    if kind == "attested":
        names = st.sampled_from(["reg", "wit", "mei", "min", "dan"])
        registrar, cosigner = draw(names), draw(names)
        return Approval(name, voice, rank, kind, "", received, STATEMENT, 3, False, registrar, cosigner)
    return Approval(name, voice, rank, kind, f"{name}-1" if kind == "signed" else "", received, STATEMENT, 3)


needs = st.builds(
    Need,
    rank=st.sampled_from(RANKS),
    count=st.integers(1, 2),
    assurance=st.sets(st.sampled_from(ALL), min_size=1).map(lambda found: tuple(sorted(found))),
)


@settings(max_examples=400 * SCALE, deadline=None)
@given(st.lists(needs, min_size=1, max_size=3), st.lists(words(), max_size=7), st.randoms(use_true_random=False))
def test_the_answer_never_depends_on_the_order_of_approvals(
    require: list[Need], approvals: list[Approval], dice: random.Random
) -> None:
    shuffled = [*approvals, *approvals[:2]]
    dice.shuffle(shuffled)
    assert judged(require, shuffled) == judged(require, approvals)


@settings(max_examples=400 * SCALE, deadline=None)
@given(st.lists(needs, min_size=1, max_size=3), st.lists(words(), max_size=6), words())
def test_one_more_approval_never_takes_anything_away(
    require: list[Need], approvals: list[Approval], more: Approval
) -> None:
    before, after = judged(require, approvals), judged(require, [*approvals, more])
    assert after.satisfied >= before.satisfied
    assert len(after.counted) >= len(before.counted)


@settings(max_examples=400 * SCALE, deadline=None)
@given(st.lists(needs, min_size=1, max_size=3), st.lists(words(), max_size=8))
def test_what_counts_is_lawful_and_nothing_is_forgotten(require: list[Need], approvals: list[Approval]) -> None:
    found = judged(require, approvals)
    persons = [item.person for item in found.counted]
    assert len(set(persons)) == len(persons)
    assert ("leak", "signed") not in {(item.person, item.assurance) for item in found.counted}
    assert not {"app", "exe", "ver"} & {name for item in found.counted for name in (item.person, item.voice)}
    for one, other in combinations(found.counted, 2):
        assert not {one.person, one.voice} & {other.person, other.voice}
        assert not {one.person, one.voice} & {other.registrar, other.cosigner} - {""}
        assert not {other.person, other.voice} & {one.registrar, one.cosigner} - {""}
    told = [*found.counted, *(item for item, _ in found.refused), *found.surplus]
    assert sorted(map(repr, told)) == sorted(map(repr, set(approvals)))
    wanted = sum(item.count for item in require)
    assert len(found.counted) + sum(item.count for item in found.missing) == wanted
    assert found.satisfied == (not found.missing)


def brute(candidates: list[Candidate], places: int) -> int:
    """The size of the best assignment, by trying every one."""

    def fill(place: int, used: tuple[int, ...]) -> int:
        if place == places:
            return 0
        top = fill(place + 1, used)
        for index, one in enumerate(candidates):
            fine = place in one.fits and all(
                one.person != candidates[other].person
                and not one.identities & (candidates[other].identities | candidates[other].witnesses)
                and not one.witnesses & candidates[other].identities
                for other in used
            )
            if fine:
                top = max(top, 1 + fill(place + 1, (*used, index)))
        return top

    return fill(0, ())


names = st.sampled_from("abcde")


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    speaker = draw(names)
    identities = frozenset({speaker, draw(names)})
    witnesses = draw(st.frozensets(names, max_size=2)) - identities
    return Candidate(speaker, identities, witnesses, draw(st.frozensets(st.integers(0, 3))))


@settings(max_examples=500 * SCALE, deadline=None)
@given(st.lists(candidates(), max_size=6))
def test_the_matching_is_the_largest_there_is(found: list[Candidate]) -> None:
    filled = best(found, 4)
    assert len(filled) == brute(found, 4)
    assert all(place in found[index].fits for place, index in filled.items())


def test_sixty_approvals_are_weighed_in_a_moment() -> None:
    approvals = [
        word(name, received_at=AT - timedelta(minutes=minute)) for name in speakers for minute in range(60, 65)
    ]
    approvals += [attested("vera", "mei", "min"), attested("dan", "min", "mei"), word("mei", voice="vera", rank="vp")]
    assert judged([Need("manager", 2, ALL), Need("director", 2, ALL)], approvals).satisfied
