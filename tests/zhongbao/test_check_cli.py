"""``zhongbao check`` and ``zhongbao compile`` as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from freeze.authoring.schema import FORMS, schema_text
from zhongbao.cli import cli
from zhongbao.templating import copy_template
from zhongbao_core.canonical import digest
from zhongbao_core.errors import InputError
from zhongbao_core.yamlfile import parse_yaml, read_yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "zhongbao" / "templates"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    copy_template("minimal", tmp_path / "w", {"@ID@": "w"})
    return tmp_path / "w"


def run(workspace: Path, *args: str) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(workspace), *args])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_new_workspace_has_no_errors_and_says_what_was_looked_at(workspace: Path) -> None:
    result = run(workspace, "--lang", "en", "check")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("0 errors, 6 warnings; 6 persons, 3 systems, 1 windows, 0 phases")


def test_persons_without_keys_are_a_warning_that_strict_counts(workspace: Path) -> None:
    result = run(workspace, "--lang", "en", "check", "--strict")
    assert result.exit_code == 1
    assert "policies/freeze/baseline/ladder.yaml" in result.stdout and "QUORUM_UNREACHABLE" in result.stdout


def test_registers_are_read_and_a_broken_one_breaks_the_policy(workspace: Path) -> None:
    folder = workspace / "content" / "registers"
    folder.mkdir(parents=True)
    (folder / "hosts.yaml").write_text("hosts:\n  - host: example.com\n", encoding="utf-8")
    sound = run(workspace, "check", "--format", "json")
    assert (sound.exit_code, json.loads(sound.output)["looked_at"]["hosts"]) == (0, 1)
    assert "FILE_UNREAD" not in sound.output
    (folder / "hosts.yaml").write_text("hosts:\n  - host: https://example.com/\n", encoding="utf-8")
    (folder / "host.yaml").write_text("hosts: []\n", encoding="utf-8")
    broken = run(workspace, "check", "--format", "json")
    said = [(item["file"], item["line"], item["code"]) for item in json.loads(broken.output)["complaints"]]
    assert broken.exit_code == 2
    assert [item for item in said if item[0].startswith("content/")] == [
        ("content/registers/host.yaml", 0, "REGISTER_UNREAD"),
        ("content/registers/hosts.yaml", 2, "VALUE"),
    ]


def test_a_broken_policy_exits_2_and_names_every_place(workspace: Path) -> None:
    edit(workspace / "zhongbao.yaml", "zone: Asia/Shanghai", "zone: Asia/Beijing")
    edit(workspace / "freeze/windows/company.yaml", '"0 18 L * *"', '"0 18 31 2 *"')
    result = run(workspace, "check")
    assert result.exit_code == 2
    places = [line.split(":")[0] for line in result.stdout.splitlines() if line.startswith("错误 ") and "[" in line]
    assert places == ["错误 freeze/windows/company.yaml", "错误 zhongbao.yaml"]
    assert "zhongbao.yaml:9:7: 未知时区 'Asia/Beijing'；写 IANA 名称，例如 Asia/Shanghai [ZONE]" in result.stdout


def test_the_json_answer_holds_the_same_in_both_languages(workspace: Path) -> None:
    edit(workspace / "systems.yaml", "stands_on: [core-db]", "stands_on: [core-bd]")
    result = run(workspace, "check", "--format", "json", "--at", "2027-03-01T00:00")
    body = json.loads(result.stdout)
    assert (result.exit_code, body["reason_code"], body["errors"]) == (2, "POLICY_BROKEN", 1)
    assert body["complaints"][-1] == {
        "file": "systems.yaml",
        "line": 10,
        "column": 17,
        "code": "SYSTEM_UNKNOWN",
        "severity": "error",
        "text": {"zh": "没有系统 core-bd", "en": "there is no system core-bd"},
        "fix": {
            "zh": "改正编号，或在 systems.yaml 中登记",
            "en": "correct the id, or list it in systems.yaml",
        },
    }


def test_what_a_file_says_cannot_colour_or_steer_the_terminal(workspace: Path) -> None:
    edit(workspace / "systems.yaml", "part_of: billing", 'part_of: "x\\e[31m\\u202e"')
    result = run(workspace, "check")
    assert "\x1b" not in result.stdout and "\u202e" not in result.stdout


def test_no_workspace_is_said_and_no_traceback(tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere", "check")
    assert result.exit_code == 2 and result.stdout.count("没有此文件") == 3


def test_compile_writes_a_file_named_by_its_digest_and_again_the_same(workspace: Path) -> None:
    first = run(workspace, "compile", "--format", "json")
    body = json.loads(first.stdout)
    path = Path(body["path"])
    assert path == workspace / "compiled" / f"policy-{body['digest'][7:23]}.jsonl"
    assert digest(path.read_bytes()) == body["digest"]
    assert run(workspace, "compile", "--format", "json").stdout == first.stdout
    assert [item.name for item in path.parent.iterdir()] == [path.name], "nothing half-written is left"


def test_compile_refuses_a_broken_policy_and_writes_nothing(workspace: Path) -> None:
    edit(workspace / "zhongbao.yaml", "calm: 7d", "calm: soon")
    result = run(workspace, "compile")
    assert isinstance(result.exception, InputError)
    assert (result.exception.exit_code, result.exception.reason_code) == (2, "POLICY_BROKEN")
    assert not (workspace / "compiled").exists()


def test_compile_can_write_where_doors_of_this_user_look_first(workspace: Path, tmp_path: Path) -> None:
    result = CliRunner(env={"XDG_CACHE_HOME": str(tmp_path / "c")}).invoke(
        cli, ["--workspace", str(workspace), "compile", "--cache"]
    )
    assert result.exit_code == 0
    assert [item.parent for item in (tmp_path / "c").rglob("*.jsonl")] == [tmp_path / "c" / "zhongbao"]


@pytest.mark.parametrize("name", sorted(FORMS))
def test_the_committed_schema_is_current_and_a_schema(name: str) -> None:
    text = (ROOT / "docs" / "schema" / f"{name}.json").read_text("utf-8")
    assert text == schema_text(name), "run: python -m freeze.authoring.schema docs/schema"
    Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("workspace", "zhongbao.yaml"),
        ("event", "event.yaml"),
        ("people", "people.yaml"),
        ("systems", "systems.yaml"),
        ("holidays", "holidays.yaml"),
        ("windows", "freeze/windows/*.yaml"),
        ("catalogue", "freeze/catalogue/*.yaml"),
        ("exemptions", "freeze/exemptions.yaml"),
        ("doors", "freeze/doors.yaml"),
        ("request", "requests/*.yaml"),
    ],
)
def test_every_file_of_the_templates_fits_its_schema(schema: str, pattern: str) -> None:
    validator = Draft202012Validator(json.loads(schema_text(schema)))
    files = sorted(path for template in ("minimal", "example") for path in (TEMPLATES / template).glob(pattern))
    assert files
    found = {
        path.name: [
            error.message
            for error in validator.iter_errors(parse_yaml(path.read_bytes().replace(b"@ID@", b"w"), path.name).value)
        ]
        for path in files
    }
    assert found == {name: [] for name in found}


def test_a_schema_refuses_what_the_loader_refuses() -> None:
    validator = Draft202012Validator(json.loads(schema_text("windows")))
    fine = read_yaml(TEMPLATES / "minimal/freeze/windows/company.yaml").value
    assert validator.is_valid(fine)
    for change in ({"effect": "forbid"}, {"colour": "red"}, {"owner": 5}, {"select": None}):
        assert not validator.is_valid({"windows": [fine["windows"][0] | change]})
