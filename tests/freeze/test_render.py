"""How decisions look: goldens in both languages, the JSON schema, and hostile words in every sink."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import FakePolicy, deny, utc
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from permits import BEFORE, FULL, FULL_BOARD, HOUR, RESTRICTED, SILENT, glass, permit, question

from freeze.decision.explain import without_policy
from freeze.decision.gate import decide
from freeze.doors.gate_options import FORMATS
from freeze.model import Decision, Door
from freeze.show.decision import RENDERERS, github_summary
from zhongbao_core.approval.subject import Target
from zhongbao_core.text import Lang, Text

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE.parent.parent / "docs" / "schema" / "decision.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

WINDOWS = (deny("torch-relay", "2026-11-09 06:00", "2026-11-09 20:00", owner="赛事保障处"),)
EYES = Door(id="jenkins", kind="jenkins", observe_until=utc("2026-11-10 00:00"))
POLICY = FakePolicy(all_windows=WINDOWS, doors={"jenkins": EYES})

DECISIONS: dict[str, Decision] = {
    "free": decide(question(), POLICY, BEFORE),
    "held": decide(question(duration=2 * HOUR), POLICY, RESTRICTED),
    "permitted": decide(question(), POLICY, FULL, permit=permit(FULL, *FULL_BOARD), rehearsal=False),
    "missing": decide(question(), POLICY, FULL, permit=permit(FULL, "chen-jun", "zhang-wei")),
    "silent": decide(question(), POLICY, SILENT, untrusted=True),
    "breakglass": decide(question(kind="restore"), POLICY, SILENT, permit=glass(SILENT, "chen-jun", "liu-yang")),
    "observed": decide(question(door="jenkins"), FakePolicy(doors={"jenkins": EYES}), RESTRICTED),
    "cannot-tell": without_policy(
        question(), FULL, "MANIFEST_EXPIRED", Text("策略清单已过期", "the manifest expired"), None
    ),
}

NASTY = "\x1b[31m\u202e<b>&\"' ##[error]x\r\n::error::y\n=cmd|'/c calc'!A0 %0A ,: | ` [a](b) \ud800\u200b"


def same_as_golden(name: str, text: str, update: bool) -> None:
    path = HERE / "golden" / name
    if update:
        path.write_text(text, "utf-8", newline="\n")
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", list(DECISIONS))
def test_the_text_answer_reads_as_agreed(name: str, lang: Lang, pytestconfig: pytest.Config) -> None:
    update = bool(pytestconfig.getoption("--update-golden"))
    same_as_golden(f"decision-{name}.{lang}.txt", RENDERERS["text"](DECISIONS[name], lang), update)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("fmt", ["json", "junit", "github", "gitlab"])
def test_the_answer_for_machines_reads_as_agreed(fmt: str, lang: Lang, pytestconfig: pytest.Config) -> None:
    update = bool(pytestconfig.getoption("--update-golden"))
    same_as_golden(f"decision-held.{lang}.{fmt}", RENDERERS[fmt](DECISIONS["held"], lang), update)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_job_summary_reads_as_agreed(lang: Lang, pytestconfig: pytest.Config) -> None:
    update = bool(pytestconfig.getoption("--update-golden"))
    same_as_golden(f"decision-held.{lang}.md", github_summary(DECISIONS["held"], lang), update)


@pytest.mark.parametrize("name", list(DECISIONS))
def test_every_json_answer_fits_the_committed_schema(name: str) -> None:
    VALIDATOR.validate(json.loads(RENDERERS["json"](DECISIONS[name], "zh")))


def test_every_field_of_the_schema_is_required_so_that_none_can_vanish_unseen() -> None:
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"])


def test_the_words_of_format_are_those_that_have_a_renderer() -> None:
    assert tuple(RENDERERS) == FORMATS


@pytest.mark.parametrize("name", list(DECISIONS))
def test_a_golden_holds_real_chinese_and_the_english_one_is_english_outside_of_names(name: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]{4}", RENDERERS["text"](DECISIONS[name], "zh"))
    assert not re.search(r"[，。：；]", RENDERERS["text"](DECISIONS[name], "en"))


def hostile() -> Decision:
    found = decide(question(Target(NASTY, NASTY), actor=NASTY, labels={NASTY: NASTY}), POLICY, FULL)
    return replace(found, permit=NASTY, label=NASTY, message=Text(NASTY, NASTY))


@pytest.mark.parametrize("fmt", list(FORMATS))
def test_hostile_words_are_shown_and_never_obeyed(fmt: str) -> None:
    shown = RENDERERS[fmt](hostile(), "zh")
    assert not set(shown) & {"\x1b", "\u202e", "\r", "\u200b", "\ud800"}
    shown.encode("utf-8")
    assert not [line for line in shown.splitlines()[1:] if line.startswith("::")]


def test_hostile_words_cannot_make_a_second_workflow_command() -> None:
    shown = RENDERERS["github"](hostile(), "en")
    assert shown.count("::error") == 1 and "##[" not in shown.split("\n", 1)[1]


def test_hostile_words_stay_text_in_junit_and_come_back_whole_in_json() -> None:
    tree = ElementTree.fromstring(RENDERERS["junit"](hostile(), "zh"))  # noqa: S314 our own output
    assert [item.tag for item in tree.iter()] == ["testsuites", "testsuite", "testcase", "failure"]
    assert json.loads(RENDERERS["json"](hostile(), "zh"))["question"]["actor"] == NASTY


def test_dotenv_holds_one_plain_word_a_line() -> None:
    for line in RENDERERS["gitlab"](hostile(), "zh").splitlines():
        assert re.fullmatch(r"ZHONGBAO_[A-Z_]+=[A-Za-z0-9_.:+-]*", line)


def test_hostile_words_cannot_break_out_of_the_summary_table() -> None:
    rows = [line for line in github_summary(hostile(), "en").splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.sampled_from(FORMATS), st.sampled_from(["zh", "en"]))
def test_any_words_are_rendered_to_text_that_can_be_written(word: str, fmt: str, lang: Lang) -> None:
    found = decide(question(Target(word or "x", word)), POLICY, FULL)
    assert RENDERERS[fmt](replace(found, permit=word), lang).encode("utf-8")


def test_a_system_name_with_a_quote_is_one_word_in_the_command_to_type() -> None:
    from freeze.decision.explain import quoted

    assert quoted("portal") == "portal"
    assert quoted("a'b; rm -rf /") == "'a'\\''b; rm -rf /'"
    assert quoted("") == "''"


def test_a_length_is_shown_only_where_one_was_asked() -> None:
    brief = decide(question(duration=timedelta(0)), POLICY, BEFORE)
    assert "portal/prod\n" in RENDERERS["text"](brief, "en")
