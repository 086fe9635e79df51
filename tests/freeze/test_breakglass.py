"""Emergency release: two persons or a sealed code, counted, reviewed, raised by an open review, with and without a store."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desk_fakes import T0, CheapSignatures, MemoryBook, cheap_sign, desk_of, key_line, policy

from freeze.commands.breakglass_cli import tell
from freeze.desk.base import Desk
from freeze.desk.glass import Opened, known_uses, merge_glass, open_glass, record_glass, review_glass
from freeze.desk.glass_paper import Emergency, prepare
from freeze.desk.glass_spool import damaged, keep, lines, local_uses
from freeze.life.glass import Glass, per_person, reduce_glass, signers_needed
from freeze.model import BreakGlass
from zhongbao_core.approval import codes
from zhongbao_core.approval.permit_file import Proof, parse
from zhongbao_core.approval.subject import Target
from zhongbao_core.errors import StoreError, ZhongbaoError

NIGHT = datetime(2026, 11, 20, 18, 12, tzinfo=T0.tzinfo)
"""02:12 in Shanghai, in the silent phase."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SEALED = codes.issue(2, T0, bits=codes.SEALED_BITS)
RULES = BreakGlass(sealed_codes=SEALED.hashes)


class NoProofs:
    def prove(self, places: Sequence[int], at: datetime) -> tuple[tuple[Proof, ...], str]:
        return (), ""


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ZhongbaoError) as caught:
        yield
    assert caught.value.reason_code == code


def desk() -> Desk:
    return desk_of(breakglass=RULES)


def emergency(restores: bool = False, code: str = "", system: str = "core-db") -> Emergency:
    return Emergency("li-na", "表空间满", (Target(system, "prod"),), restores=restores, code=code)


def use(here: Desk, at: datetime, *signers: str, asked: Emergency | None = None) -> Opened:
    papers = prepare(here.policy, asked or emergency(), at)
    armors = [cheap_sign(key_line(person), papers.statement) for person in signers]
    return record_glass(here, NoProofs(), papers.request, papers.statement, armors, at)


def offline(at: datetime, *signers: str, uses: Sequence[Glass] = (), asked: Emergency | None = None) -> Opened:
    rules = policy(breakglass=RULES)
    papers = prepare(rules, asked or emergency(), at)
    armors = [cheap_sign(key_line(person), papers.statement) for person in signers]
    return open_glass(rules, CheapSignatures(), papers.request, papers.statement, armors, at, uses=uses)


def test_edge_20_two_persons_open_it_and_one_does_not() -> None:
    here = desk()
    for signers in ((), ("chen-jun",)):
        with refused("SIGNERS_MISSING"):
            use(here, NIGHT, *signers)
    with refused("SAME_PERSON"):
        use(here, NIGHT, "chen-jun", "chen-jun")
    opened = use(here, NIGHT, "chen-jun", "liu-yang")
    glass = opened.glass
    assert (glass.expires_at, glass.review_by) == (NIGHT + HOUR, NIGHT + timedelta(hours=24))
    assert (glass.signers, glass.code, opened.recorded) == (("chen-jun", "liu-yang"), "", True)
    assert parse(opened.permit).kind == "breakglass"


def test_edge_20_somebody_without_the_role_does_not_sign() -> None:
    with refused("ROLE_MISSING"):
        use(desk(), NIGHT, "chen-jun", "xu-gang")


def test_edge_20_a_sealed_code_opens_it_once_and_is_worth_a_hundred_bits() -> None:
    here = desk()
    assert len(codes.normalise(SEALED.codes[0])) * 5 >= 100
    opened = use(here, NIGHT, asked=emergency(code=SEALED.codes[0], restores=True))
    assert opened.glass.code == "sealed#0"
    with refused("CODE_WRONG"):
        use(here, NIGHT + MINUTE, asked=emergency(code=SEALED.codes[0], restores=True))
    with refused("CODE_WRONG"):
        use(here, NIGHT + MINUTE, asked=emergency(code="A" * 20, restores=True))
    assert use(here, NIGHT + MINUTE, asked=emergency(code=SEALED.codes[1], restores=True)).glass.code == "sealed#1"


def test_edge_20_two_unrelated_emergencies_in_one_night_are_both_possible() -> None:
    here = desk()
    use(here, NIGHT, "chen-jun", "liu-yang")
    second = emergency(system="portal")
    with refused("SIGNERS_MISSING"):
        use(here, NIGHT + 2 * HOUR, "chen-jun", "liu-yang", asked=second)
    use(here, NIGHT + 2 * HOUR, "chen-jun", "liu-yang", "he-ping", asked=second)
    with refused("SIGNERS_MISSING"):
        use(here, NIGHT + 3 * HOUR, asked=emergency(code=SEALED.codes[0], system="billing"))
    use(here, NIGHT + 3 * HOUR, "zhao-min", asked=emergency(code=SEALED.codes[0], system="billing"))
    assert len(known_uses(here)) == 3


def test_edge_20_an_overdue_review_refuses_but_never_the_restoring_of_an_outage() -> None:
    here = desk()
    use(here, NIGHT, "chen-jun", "liu-yang")
    late = NIGHT + timedelta(hours=24)
    with refused("REVIEW_OVERDUE"):
        use(here, late, "chen-jun", "liu-yang", "he-ping")
    use(here, late, "chen-jun", "liu-yang", asked=emergency(restores=True))
    assert len(known_uses(here)) == 2


def test_edge_20_a_review_is_written_by_somebody_else_and_lowers_the_bar_again() -> None:
    here = desk()
    name = use(here, NIGHT, "chen-jun", "liu-yang").glass.id
    for person, code in (("chen-jun", "SAME_PERSON"), ("li-na", "ROLE_MISSING")):
        with refused(code):
            review_glass(here, name, person, "已改阈值", NIGHT + HOUR)
    with refused("INCOMPLETE"):
        review_glass(here, name, "zhao-min", " ", NIGHT + HOUR)
    review_glass(here, name, "zhao-min", "已改阈值", NIGHT + HOUR)
    with refused("NOTHING_OWED"):
        review_glass(here, name, "zhao-min", "再改", NIGHT + HOUR)
    use(here, NIGHT + 2 * HOUR, "chen-jun", "liu-yang")


def test_edge_20_it_works_without_the_store_and_is_merged_once_as_reported(tmp_path: Path) -> None:
    spool = tmp_path / "state" / "breakglass.jsonl"
    opened = offline(NIGHT, "chen-jun", "liu-yang")
    keep(spool, opened)
    assert (opened.recorded, [item.id for item in local_uses(spool)]) == (False, [opened.glass.id])
    with refused("SIGNERS_MISSING"):
        offline(NIGHT + HOUR, "chen-jun", "liu-yang", uses=local_uses(spool))
    here = desk()
    (line,) = lines(spool)
    results = [merge_glass(here, line.body, line.documents, line.id, NIGHT + HOUR) for _ in range(2)]
    assert results == [True, False]
    (entry,) = here.journal.entries(kinds=("breakglass.opened",))
    assert entry.body["reported"] is True
    assert known_uses(here)[opened.glass.id].opened_at == NIGHT


def test_a_torn_last_line_of_the_local_file_is_said_and_loses_nothing_else(tmp_path: Path) -> None:
    spool = tmp_path / "breakglass.jsonl"
    keep(spool, offline(NIGHT, "chen-jun", "liu-yang"))
    keep(spool, offline(NIGHT + MINUTE, "chen-jun", "liu-yang"))
    spool.write_bytes(spool.read_bytes()[:-40])
    assert (len(list(lines(spool))), damaged(spool)) == (1, 1)
    assert spool.stat().st_mode & 0o077 == 0


def test_a_local_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(StoreError):
        keep(tmp_path / "file" / "breakglass.jsonl", offline(NIGHT, "chen-jun", "liu-yang"))


def test_edge_20_its_papers_are_of_no_use_later_or_for_anything_else() -> None:
    here = desk()
    papers = prepare(here.policy, emergency(), NIGHT)
    other = prepare(here.policy, emergency(system="portal"), NIGHT)
    armors = [cheap_sign(key_line(person), papers.statement) for person in ("chen-jun", "liu-yang")]
    with refused("SPAN_OVER"):
        record_glass(here, NoProofs(), papers.request, papers.statement, armors, NIGHT + HOUR)
    with refused("OTHER_STATEMENT"):
        record_glass(here, NoProofs(), other.request, papers.statement, armors, NIGHT)
    with refused("SIG_BAD"):
        record_glass(here, NoProofs(), other.request, other.statement, armors, NIGHT)


def test_it_is_never_longer_than_the_policy_says() -> None:
    papers = prepare(policy(breakglass=RULES), emergency(), NIGHT, life=timedelta(days=2))
    from zhongbao_core.approval.statement import parse as parse_statement

    subject = parse_statement(papers.statement).subject
    assert subject.end - subject.start == RULES.life


def test_the_count_by_person_is_kept() -> None:
    here = desk()
    use(here, NIGHT, "chen-jun", "liu-yang")
    use(here, NIGHT + HOUR, "chen-jun", "he-ping", asked=emergency(restores=True))
    assert per_person(known_uses(here).values()) == {"chen-jun": 2, "he-ping": 1, "li-na": 2, "liu-yang": 1}


def test_damaged_entries_are_passed_over() -> None:
    book = MemoryBook()
    book.append("breakglass.opened", "BG-1", {"opened_at": 7}, at=NIGHT)
    assert reduce_glass(book.entries()) == {}
    assert signers_needed(RULES, (), NIGHT, sealed=False, restores=False) == 2


def test_edge_20_notices_never_block_or_fail_the_release(tmp_path: Path) -> None:
    glass = offline(NIGHT, "chen-jun", "liu-yang").glass
    told = tell(glass, [str(tmp_path), str(tmp_path / "gone"), "http://127.0.0.1:9/"])
    assert [item.outcome for item in told] == ["delivered", "failed", "failed"]
    assert len(list(tmp_path.glob("notice-*.json"))) == 1
