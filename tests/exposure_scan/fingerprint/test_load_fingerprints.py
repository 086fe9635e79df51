"""Packs that people write: what is wrong is said with its place, and folders of users lie over ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from exposure_scan.authoring.fingerprints import Loaded, lint, load_fingerprints, load_folder
from zhongbao_core.errors import InputError

HEAD = "format: zhongbao-fingerprints/1\nid: own\nkinds: [ssh]\nfingerprints:\n"
GOOD = (
    HEAD
    + "  - {id: own-ssh, name: 自研, cpe: 'acme:sshd', any: ['^AcmeSSH_{v}'], cases: [{is: AcmeSSH_1.2, version: '1.2'}]}\n"
)


def loaded(folder: Path, text: str) -> Loaded:
    (folder / "own.yaml").write_text(text, "utf-8")
    found = Loaded()
    load_folder(found, folder)
    return found


def test_a_pack_of_the_users_lies_over_ours(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        GOOD + "  - {id: openssh, name: OpenSSH, cpe: 'acme:openssh', any: ['^OpenSSH_{p}']}\n", "utf-8"
    )
    book = load_fingerprints([tmp_path]).book()
    assert [(item.vendor, item.version) for item in book.name("ssh", "AcmeSSH_1.2")] == [("acme", "1.2")]
    assert [item.vendor for item in book.name("ssh", "OpenSSH_9.2p1")] == ["acme"]
    assert [item.product for item in book.name("ssh", "dropbear_2022.83")] == ["dropbear_ssh"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        pytest.param(HEAD + "  - {id: a, name: A, cpe: 'v:a', any: ['(']}\n", "PATTERN_INVALID", 5, id="a wrong pattern"),
        pytest.param(HEAD + "  - {id: a, name: A, cpe: 'V A', any: [xx]}\n", "VALUE", 5, id="a name that is no CPE"),
        pytest.param(HEAD + "  - {id: a, name: A, cpe: 'v:a'}\n", "EMPTY", 5, id="no condition"),
        pytest.param(HEAD + "  - {id: a, name: A, cpe: 'v:a', kinds: [odd], any: [xx]}\n", "KIND_UNKNOWN", 5, id="a kind"),
        pytest.param(HEAD + "  - {id: a, name: A, cpe: 'v:a', any: [xx], weights: 1}\n", "UNKNOWN_KEY", 5, id="a key"),
        pytest.param(GOOD + GOOD.removeprefix(HEAD), "DUPLICATE_ID", 6, id="an id twice"),
        pytest.param(HEAD + "  - {id: a, name: A, cpe: 'v:a', any: [xx], cases: [{version: x}]}\n", "CASE_FORM", 5, id="a case"),
        pytest.param("format: zhongbao-fingerprints/2\nid: own\nkinds: [ssh]\nfingerprints: []\n", "UNKNOWN_WORD", 1, id="a format"),
        pytest.param("- a\n", "TYPE", 1, id="no mapping"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, code: str, line: int) -> None:
    found = loaded(tmp_path, text)
    assert (code, line) in [(item.code, item.line) for item in found.complaints]
    with pytest.raises(InputError) as caught:
        found.book()
    assert caught.value.reason_code == "FINGERPRINTS_BROKEN"


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        pytest.param("[]", "CASES_MISSING", id="none"),
        pytest.param("[{is: AcmeSSH_1.2, version: '1.2'}]", "CASES_FEW", id="one"),
        pytest.param("[{is: AcmeSSH_1.2, version: '1.3'}]", "CASE_FAILS", id="a wrong version"),
        pytest.param("[{is: Other}]", "CASE_FAILS", id="nothing named"),
        pytest.param("[{not: AcmeSSH_1.2}]", "CASE_FAILS", id="named where it should not be"),
    ],
)
def test_cases_that_say_too_little_or_fail_are_complained_of(tmp_path: Path, cases: str, code: str) -> None:
    found = loaded(tmp_path, HEAD + f"  - {{id: a, name: A, cpe: 'v:a', any: ['^AcmeSSH_{{v}}'], cases: {cases}}}\n")
    lint(found)
    assert code in [item.code for item in found.complaints]


def test_a_folder_without_packs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_folder(Loaded(), tmp_path)
    assert caught.value.reason_code == "FINGERPRINTS_MISSING"
    with pytest.raises(InputError):
        load_folder(Loaded(), tmp_path / "none")
