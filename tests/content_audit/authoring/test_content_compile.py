"""The compiled policy: the same as the rules it was made of, the same bytes each time, and nothing else is opened."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from content_made import a_post, a_rule, looks, raws

from content_audit.audit.codec import rule_from_json, rule_to_json
from content_audit.audit.compiled import Compiled, ContentPolicyError
from content_audit.audit.rule import Match, Rule, RuleBook, When, Words
from content_audit.authoring.compile import compile_book
from content_audit.authoring.opening import cached_at, open_auditor, open_compiled
from content_audit.authoring.packs import Loaded, load_rules
from content_audit.model import Role, Verdict
from zhongbao_core.clock import Span
from zhongbao_core.errors import CannotTellError
from zhongbao_core.event import Level

FULL = a_rule(
    looks("最佳", variants=frozenset({"pinyin"}), border=True),
    Match(
        Words(("甲乙",), ("丙.丁",)),
        beside=Words(("戊己",)),
        within=3,
        ordered=True,
        none=Words((), ("庚",)),
        same="post",
    ),
    Match(link="host_allowed"),
    Match(when=When(("news",), (), ("promotion",))),
    verdict_at=((Level.FULL, Verdict.BLOCK),),
    channels=frozenset({"push"}),
    roles=frozenset({Role.TITLE}),
    when=When(("promotion",), ("goods",), ("news",)),
    except_=("最佳实践",),
    exempt=("goal",),
    span=Span(datetime(2026, 1, 1, tzinfo=UTC), None),
    owner="张三",
)


def test_a_rule_comes_back_as_it_went() -> None:
    assert rule_from_json(rule_to_json(FULL)) == FULL


def test_every_shipped_rule_comes_back_as_it_went() -> None:
    rules = load_rules().book().rules
    assert [rule_from_json(rule_to_json(rule)) for rule in rules] == [
        replace(rule, cases=(), file="") for rule in rules
    ]


def test_the_same_rules_give_the_same_bytes() -> None:
    book = load_rules(packs=["absolute", "link"]).book()
    assert compile_book(book) == compile_book(book)


def test_obfuscated_words_are_found_with_their_steps() -> None:
    auditor = Compiled(compile_book(RuleBook((a_rule(looks("最佳")),)))).auditor()
    hits = auditor.audit([a_post("全国最＊佳、最 佳")])[0].hits
    assert [(hit.raw, hit.folded, hit.steps != ()) for hit in hits] == [
        ("最＊佳", "最佳", True),
        ("最 佳", "最佳", True),
    ]


def test_patterns_read_figures_as_they_are_written() -> None:
    rule: Rule = a_rule(Match(look=Words((), ("第一品牌", r"\d+折"))))
    assert raws(Compiled(compile_book(RuleBook((rule,)))).auditor(), a_post("第一品牌，８折")) == ["第一品牌", "８折"]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data[:-1], id="cut off"),
        pytest.param(lambda data: data[:-1] + bytes([data[-1] ^ 1]), id="a bit changed"),
        pytest.param(
            lambda data: data.replace(b"zhongbao-content-rules/1", b"zhongbao-content-rules/9", 1), id="another format"
        ),
        pytest.param(lambda data: data.replace(b'"engine":', b'"engine":9', 1), id="another engine"),
        pytest.param(lambda data: b"", id="nothing"),
        pytest.param(lambda data: b"zhongbao-content-rules/1\n[]\n", id="no head"),
    ],
)
def test_what_is_no_compiled_policy_is_refused(spoil: object) -> None:
    data = compile_book(RuleBook((FULL,)))
    with pytest.raises(CannotTellError) as caught:
        Compiled(spoil(data))  # type: ignore[operator]
    assert caught.value.reason_code in (ContentPolicyError.reason_code, "LEXICON_INVALID")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and of our rules the first few: what is kept does not depend on their number."""
    few = load_rules(packs=["map"]).book()
    monkeypatch.setattr(Loaded, "book", lambda self: replace(few, disabled=tuple(self.disabled)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "zhongbao"


def test_the_policy_is_kept_for_its_user_alone_and_found_again(cache: Path) -> None:
    first = open_compiled(None)
    kept = list(cache.iterdir())
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600] and cache.stat().st_mode & 0o777 == 0o700
    assert open_compiled(None).about == first.about and list(cache.iterdir()) == kept


def test_a_changed_rule_of_the_company_is_another_policy(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    before = cached_at(tmp_path)
    (tmp_path / "content" / "content.yaml").write_text("disable:\n  - {rules: [HIDE-902], owner: 张三, reason: 无}\n")
    assert cached_at(tmp_path) != before
    assert open_compiled(tmp_path).about.disabled == ("HIDE-902",)


def test_the_same_rules_in_another_folder_are_the_same_policy(cache: Path, tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name / "content").mkdir(parents=True)
        (tmp_path / name / "content" / "content.yaml").write_text("disable: []\n")
    assert cached_at(tmp_path / "here") == cached_at(tmp_path / "there") != cached_at(None)


def test_a_spoiled_kept_policy_is_made_again(cache: Path) -> None:
    open_compiled(None)
    path = cached_at(None)
    path.write_bytes(path.read_bytes()[:-5])
    assert open_compiled(None).about.rules > 0


def test_opening_a_kept_policy_and_auditing_a_draft_imports_nothing_heavy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    open_auditor(None)
    code = (
        "import sys\n"
        "from content_audit.authoring.opening import open_auditor\n"
        "from content_audit.model import Passage, Post, Role, Source\n"
        "post = Post('p', Source('x'), 'draft', (Passage(Role.BODY, '', '全国最佳手机，行业第一品牌，欢迎选购'),))\n"
        "print(len(open_auditor(None).audit([post])[0].hits) > 0)\n"
        "heavy = {'yaml', 'pydantic', 'numpy', 'rjieba', 'jieba', 'openpyxl', 'opencc', 'pypinyin'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["True", "[]"]
