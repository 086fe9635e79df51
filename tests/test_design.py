"""Rules that hold in every part, where no test of one part is the place: ``docs/freeze.md`` lists them all."""

from __future__ import annotations

import ast
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import pytest

sys.path.insert(0, str(Path(__file__).parent / "freeze"))

from desk_fakes import T0, cheap_sign, desk_of, draft, key_line, staff
from fakes import FakePolicy, deny
from permits import FULL, FULL_BOARD, RESTRICTED, code, permit, question
from world import World, compiled_bytes

from freeze.authoring.load import load_workspace
from freeze.authoring.load_rules import load_ladder
from freeze.authoring.load_scope import load_windows
from freeze.decision.gate import decide
from freeze.desk.permits import issue_permit
from freeze.desk.requests import submit
from freeze.in_force.compiled import CompiledPolicy
from freeze.model import Door
from zhongbao.__main__ import run
from zhongbao.cli import cli
from zhongbao_core.approval.attest import attestation_text
from zhongbao_core.approval.codes import check as check_code
from zhongbao_core.approval.permit import parse as parse_permit
from zhongbao_core.approval.sshsig import sign, verify, wrap
from zhongbao_core.approval.statement import parse as parse_statement
from zhongbao_core.approval.wire import string
from zhongbao_core.canonical import canonical
from zhongbao_core.clock import iso
from zhongbao_core.desk.approvals import record_signed
from zhongbao_core.desk.attested import Said, cosign, draft_attestation, record_attested
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.entry import parse as parse_entry
from zhongbao_core.manifest import parse_manifest
from zhongbao_core.trustfile import read_trust
from zhongbao_core.yamlfile import parse_yaml

ROOT = Path(__file__).parents[1]
PACKAGES = ("zhongbao_core", "freeze", "zhongbao")
ASKED = ("freeze", "gate", "-s", "portal", "-k", "release", "--at", iso(FULL))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, FULL - timedelta(days=1), FakePolicy())


# --- exit codes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "module", ["zhongbao.cli", "freeze.decision.gate", "freeze.doors.gate_run", "zhongbao_core.trust"]
)
def test_design_5_2_a_broken_installation_refuses_with_3(world: World, module: str) -> None:
    """An import that fails must not look like a hold (1) or, far worse, like an allow (0)."""
    words = ["status"] if module == "zhongbao.cli" else list(ASKED)
    program = (
        f"import sys; sys.modules[{module!r}] = None; from zhongbao.__main__ import main; "
        f"sys.argv = ['zhongbao', *{world.arguments(*words)!r}]; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 3, done.stderr


def test_design_5_2_a_terminated_process_ends_by_its_signal() -> None:
    """A shell shows it as 143; nothing on the way turns it into 0 or 1."""
    program = (
        "import time, sys, click, zhongbao.cli as c\n"
        "c.cli.add_command(click.Command('nap', callback=lambda: (print('up', flush=True), time.sleep(30))))\n"
        "from zhongbao.__main__ import run; sys.exit(run(['nap']))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        process.terminate()
        assert process.wait(10) == -signal.SIGTERM


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below ``command`` with the words that lead to it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None, name
        yield from commands(found, (*path, name))


def speaks_json(command: click.Command) -> bool:
    choices = (getattr(item.type, "choices", ()) for item in command.params if "--format" in item.opts)
    return any("json" in found for found in choices)


NEEDED = {
    ("freeze", "at"): ("2026-11-16 12:00", "--system", "portal"),
    ("freeze", "next"): ("--system", "portal"),
    ("freeze", "gate"): ("--system", "portal", "--kind", "release"),
    ("freeze", "exemption", "check"): ("--system", "portal"),
}
"""What a command that reads must be told."""
PLAIN = [
    path
    for path, command in commands(cli)
    if speaks_json(command) and (path in NEEDED or not any(getattr(item, "required", False) for item in command.params))
]


def test_design_5_2_the_commands_that_answer_in_json_are_found() -> None:
    assert len(PLAIN) >= 15 and ("freeze", "audit") in PLAIN and ("ledger", "verify") in PLAIN


@pytest.mark.parametrize("path", PLAIN, ids=" ".join)
def test_design_5_2_every_json_answer_carries_its_reason_code(
    world: World, capsys: pytest.CaptureFixture[str], path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.base)
    words = [*path, *NEEDED.get(path, ()), "--format", "json"]
    timed = any("--at" in item.opts for _, found in commands(cli) if _ == path for item in found.params)
    found = run(world.arguments(*words, *(("--at", iso(FULL)) if timed else ())))
    said = capsys.readouterr()
    if said.out:
        answer = json.loads(said.out)
        assert answer["reason_code"] and answer["schema_version"] == 1
    else:
        assert found in (2, 3) and "[" in said.err, "no answer: then the reason stands with the error"


# --- fail closed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"rungs:\n  - {id: a, levels: [full], require: []}\n", id="an empty quorum"),
        pytest.param(
            b"rungs:\n  - {id: a, levels: [full], require: [{rank: manager, count: 0}]}\n",
            id="a quorum of nobody",
        ),
        pytest.param(b"rungs:\n  - {id: a, levels: [], require: [{rank: m, count: 1}]}\n", id="no level"),
    ],
)
def test_design_5_3_an_empty_quorum_is_refused_when_it_is_loaded(text: bytes) -> None:
    document = parse_yaml(text, "ladder.yaml")
    assert load_ladder(document) == []
    assert document.complaints and all(item.severity == "error" and item.line for item in document.complaints)


def test_design_5_3_an_empty_rule_set_is_an_error_where_a_level_asks_for_approval(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "w")]) == 0
    folder = tmp_path / "w" / "freeze"
    (tmp_path / "w" / "zhongbao.yaml").write_text(
        (tmp_path / "w" / "zhongbao.yaml").read_text("utf-8").replace("packs: [freeze/baseline]", "packs: []"), "utf-8"
    )
    (folder / "treatments.yaml").write_text("treatments:\n  - {level: full, action: approve, rule: all}\n", "utf-8")
    (folder / "ladder.yaml").write_text("rungs: []\n", "utf-8")
    found = [item for item in load_workspace(tmp_path / "w").complaints if item.code == "RUNG_MISSING"]
    assert found and {item.severity for item in found} == {"error"}


def test_design_5_3_observation_mode_that_nobody_signed_is_no_policy(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The asker writes himself a door that only observes, into the very file that doors read."""
    observing = Door("cli", "generic", observe_until=FULL + timedelta(days=90))
    forged = compiled_bytes(replace(world.policy, doors={"cli": observing}))
    at = ("--at", iso(RESTRICTED + timedelta(days=6, hours=23)))
    for path in (world.workspace / "compiled").iterdir():
        path.write_bytes(forged)
    assert run(world.arguments("freeze", "gate", "-s", "portal", "-k", "release", *at)) == 3
    assert "OBSERVED" not in capsys.readouterr().out


def test_design_5_3_a_gate_never_makes_a_ledger(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    path = world.outside / "ledger.db"
    path.unlink()
    assert run(world.arguments(*ASKED)) == 3
    assert not path.exists()
    capsys.readouterr()


# --- precedence ---------------------------------------------------------------------------------------------------

WINDOW = """windows:
  - id: W-1
    name: {zh: A, en: A}
    effect: deny
    owner: ops
    why: {zh: A, en: A}
    select: {everything: true}
    once: {start: "2026-11-10 00:00", end: open}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        pytest.param("    owner: ops\n", "    owner: ops\n    ownner: ops\n", 6, 5, id="an unknown key"),
        pytest.param("    owner: ops\n", "    owner: ops\n    owner: dev\n", 6, 5, id="a key said twice"),
        pytest.param('start: "2026-11-10 00:00"', "start: 2026-11-10", 8, 19, id="an unquoted time"),
    ],
)
def test_design_5_5_what_yaml_lets_slip_is_an_error_with_file_line_and_column(
    old: str, new: str, line: int, column: int
) -> None:
    assert parse_yaml(WINDOW.encode(), "w.yaml").complaints == [] and old in WINDOW
    document = parse_yaml(WINDOW.replace(old, new).encode(), "w.yaml")
    load_windows(document, "Asia/Shanghai")
    errors = [item for item in document.complaints if item.severity == "error"]
    assert ("w.yaml", line, column) in [(item.file, item.line, item.column) for item in errors]


def test_design_5_5_a_company_deny_yields_to_permit_and_exemption_and_to_no_units_word() -> None:
    company = deny("c", "2026-11-01 00:00", None, tier="company")
    unit = deny("u", "2026-11-01 00:00", None, Level.WATCH, tier="unit")
    rules = CompiledPolicy.from_bytes(compiled_bytes(FakePolicy(event=None, all_windows=(company, unit))))
    assert code(decide(question(), rules, FULL)) == ("hold", "FROZEN")
    view = permit(FULL, *FULL_BOARD, manifest="")
    assert code(decide(question(), rules, FULL, permit=view)) == ("allow", "PERMITTED")


# --- persons, personal data ---------------------------------------------------------------------------------------


def test_design_5_12_the_ledger_keeps_ids_and_digests_and_no_word_of_a_person() -> None:
    """A whole request with a signed and an attested approval: titles, names, numbers and reasons stay outside."""
    desk = desk_of()
    made = submit(desk, draft(start=T0 + timedelta(hours=1)), T0)
    record_signed(desk, made.statement, cheap_sign(key_line("chen-jun"), made.statement), T0)
    said = Said("liu-yang", "phone", T0, call_back="13800001234", evidence=b"scan of Liu Yang's note")
    item = draft_attestation(desk, made.statement, said, "xu-gang", "sun-mei", T0)
    text = attestation_text(item)
    seals = [cheap_sign(key_line(name), text, "attest@zhongbao") for name in ("xu-gang", "sun-mei")]
    record_attested(desk, made.statement, item, seals[0], T0, evidence=said.evidence)
    cosign(desk, made.request.id, seals[1], T0)
    issue_permit(desk, made.request.id, T0)
    written = "\n".join(str(canonical(dict(entry.body)), "utf-8") for entry in desk.journal.entries())
    assert "liu-yang" in written and "sha256:" in written
    names = [person.name for person in staff().persons.values() if person.name != person.id]
    assert names
    for word in (*names, "核心库补丁", "不打补丁则可被远程利用", "恢复快照", "13800001234", "scan of"):
        assert word not in written, word


# --- the store ----------------------------------------------------------------------------------------------------


def test_design_5_13_nothing_reads_pickles_or_marshalled_code() -> None:
    found = []
    for path in (item for name in PACKAGES for item in (ROOT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}: {name}" for name in names if name.split(".")[0] in BINARY]
    assert found == []


BINARY = frozenset({"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"})


# --- formats ------------------------------------------------------------------------------------------------------


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data, old
    return data.replace(old, new)


def trust_of(world: World, old: bytes, new: bytes) -> None:
    world.trust_path.write_bytes(changed(world.trust_path.read_bytes(), old, new))
    read_trust(world.trust_path)


def permit_of(world: World, old: bytes, new: bytes) -> None:
    parse_permit(changed(world.permit(FULL, *FULL_BOARD).read_bytes(), old, new))


def manifest_of(world: World, old: bytes, new: bytes) -> None:
    parse_manifest(changed((world.workspace / "manifest.json").read_bytes(), old, new))


def compiled_of(world: World, old: bytes, new: bytes) -> None:
    CompiledPolicy.from_bytes(changed(world.compiled, old, new))


def statement_of(world: World, old: bytes, new: bytes) -> None:
    text = json.loads(parse_permit(world.permit(FULL, *FULL_BOARD).read_bytes()).text)["statement"]
    parse_statement(changed(text.encode("utf-8"), old, new))


def entry_of(world: World, old: bytes, new: bytes) -> None:
    proof = parse_permit(world.permit(FULL, *FULL_BOARD).read_bytes()).proofs[0]
    parse_entry(changed(proof.entry, old, new))


READERS: dict[str, tuple[Callable[[World, bytes, bytes], None], bytes, bytes]] = {
    "a trust file of format 2": (trust_of, b"zhongbao-trust/1", b"zhongbao-trust/2"),
    "a permit of format 2": (permit_of, b"zhongbao-permit/1", b"zhongbao-permit/2"),
    "a manifest of format 2": (manifest_of, b"zhongbao-manifest/1", b"zhongbao-manifest/2"),
    "a manifest with SM3 digests": (manifest_of, b'"digest":"sha256:', b'"digest":"sm3:'),
    "a compiled policy of format 2": (compiled_of, b"zhongbao-policy/1", b"zhongbao-policy/2"),
    "a statement of format 2": (statement_of, b"zhongbao-statement/1", b"zhongbao-statement/2"),
    "a statement with an SM3 digest": (statement_of, b'"digest":"sha256:', b'"digest":"sm3:'),
    "a ledger entry of version 2": (entry_of, b'"v":1', b'"v":2'),
}


@pytest.mark.parametrize("name", list(READERS))
def test_design_5_16_formats_name_their_algorithms_and_unknown_ones_are_refused(world: World, name: str) -> None:
    read, old, new = READERS[name]
    read(world, old, old)
    with pytest.raises(ZhongbaoError):
        read(world, old, new)


def test_design_5_16_a_signature_names_its_hash_and_key_kind_and_others_are_refused(tmp_path: Path) -> None:
    line = generate_key(tmp_path / "key", "key")
    armor = sign(tmp_path / "key", b"text", "approve@zhongbao")
    verify(armor, b"text", line, "approve@zhongbao")
    import base64

    blob = base64.b64decode("".join(armor.splitlines()[1:-1]))
    with pytest.raises(ZhongbaoError) as error:
        verify(wrap(changed(blob, string(b"sha512"), string(b"sm3256"))), b"text", line, "approve@zhongbao")
    assert error.value.reason_code == "SIG_HASH"
    with pytest.raises(ZhongbaoError):
        verify(wrap(changed(blob, b"ssh-ed25519", b"ssh-sm2sm2x")), b"text", line, "approve@zhongbao")


def test_design_5_16_a_code_hash_names_its_function_and_others_are_refused() -> None:
    with pytest.raises(ZhongbaoError):
        check_code("AAAAA-AAAAA", ["sm3:1:15:8:1:20261120T080000Z:00:00"])
