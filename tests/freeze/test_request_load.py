"""The request file: read strictly, complained about by place, written so that it reads back the same."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from desk_fakes import T0, draft, policy

from freeze.authoring.request_draft import as_yaml, asked, reads_back
from freeze.authoring.request_load import NAMES, load_draft, read_draft
from freeze.life.request_check import complaints
from freeze.model import ChangeRequest
from zhongbao_core.approval.subject import Target
from zhongbao_core.clikit import Settings
from zhongbao_core.errors import InputError
from zhongbao_core.yamlfile import parse_yaml

ZONE = "Asia/Shanghai"
DOCS = Path(__file__).parents[2] / "docs" / "freeze.md"
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0xFFFF, exclude_categories=("C", "Z")), max_size=40)


def test_the_example_of_the_documentation_is_a_complete_request() -> None:
    found = re.search(r"```yaml\n(title: .*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found is not None
    text = found[1].replace('"sha256:..."', '"sha256:' + "a" * 64 + '"')
    value = reads_back(text, ZONE)
    assert value is not None
    assert complaints(value, policy(), T0) == ()


@settings(max_examples=60, deadline=None)
@given(title=WORDS, step=WORDS, minutes=st.integers(1, 10_000), name=st.sampled_from(["tree", "artifact:app.tar"]))
def test_a_draft_written_reads_back_the_same(title: str, step: str, minutes: int, name: str) -> None:
    value = draft(
        title=title, steps=(step, "2"), duration=timedelta(minutes=minutes), binds={name: "sha256:" + "b" * 64}
    )
    assert reads_back(as_yaml(value, ZONE), ZONE) == value


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | WORDS.map(lambda text: f"title: {text}\nstart: {text}".encode()))
def test_no_bytes_make_the_reader_fail(data: bytes) -> None:
    document = parse_yaml(data, "x.yaml")
    if not document.complaints:
        assert read_draft(document, ZONE) is None or isinstance(read_draft(document, ZONE), ChangeRequest)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        pytest.param('kind: "patch"', "knid: patch", ":3:1:", id="a misspelt field"),
        pytest.param('kind: "patch"', "kind: no", ":3:7:", id="a word that YAML takes for false"),
        pytest.param('kind: "patch"', 'kind: "patch"\nkind: "config"', ":4:1:", id="a field twice"),
        pytest.param('duration: "30m"', 'duration: "half an hour"', ":20:11:", id="an unreadable length"),
    ],
)
def test_a_complaint_names_file_line_and_column(tmp_path: Path, old: str, new: str, place: str) -> None:
    text = as_yaml(draft(), ZONE)
    assert old in text
    path = tmp_path / "cr.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InputError) as caught:
        load_draft(path, ZONE)
    assert f"cr.yaml{place}" in caught.value.message.zh


def test_every_missing_field_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cr.yaml"
    path.write_text("{}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load_draft(path, ZONE)
    required = [name for name in NAMES if f"缺少 {name}" in caught.value.message.zh]
    assert {"title", "kind", "targets", "necessity", "rollback", "start", "rollback_duration"} <= set(required)


def test_targets_may_be_written_in_two_ways() -> None:
    text = as_yaml(draft(), ZONE).replace('  - "core-db/prod"', "  - {system: core-db, environment: prod}\n  - portal")
    value = reads_back(text, ZONE)
    assert value is not None
    assert value.targets == (Target("core-db", "prod"), Target("portal", "prod"))


def test_questions_at_the_terminal_make_a_complete_draft_and_ask_again_for_a_wrong_answer() -> None:
    answers = [
        *("核心库补丁", "可被利用", "中断五分钟", "自检", "恢复快照"),
        *("magic", "patch", "", "ghost", "core-db, portal/staging"),
        *("nobody", "zhang-wei", "li-na", "wang-fang", "zhang-wei", "停服务；打补丁"),
        *("2026-11-16 12:00", "", "20m", "0", ""),
    ]
    made: list[ChangeRequest] = []

    @click.command()
    def ask() -> None:
        made.append(asked(Settings(), policy(), T0))

    result = CliRunner().invoke(ask, input="\n".join(answers) + "\n", catch_exceptions=False)
    assert result.exit_code == 0
    (value,) = made
    assert complaints(value, policy(), T0) == ()
    assert (value.kind, value.change_class, value.steps) == ("patch", "normal", ("停服务", "打补丁"))
    assert value.targets == (Target("core-db", "prod"), Target("portal", "staging"))
    assert (value.duration, value.rollback_duration) == (timedelta(minutes=30), timedelta(minutes=20))
