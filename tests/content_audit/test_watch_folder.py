from __future__ import annotations

import stat
from pathlib import Path

import pytest

from content_audit.commands.watch_folder import Report, WatchedFolder
from zhongbao_core.errors import ExitCode


class Auditing:
    """An audit that counts and says what a file's words ask for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, path: Path) -> Report:
        self.asked.append(path.name)
        words = path.read_text("utf-8") if path.is_file() else "folder"
        if "raise" in words:
            raise RuntimeError("a fault")
        code = ExitCode.FINDINGS if "bad" in words else ExitCode.OK
        return Report({".audit.html": words.encode(), ".audit.jsonl": b"{}\n"}, code, "line")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


def watched(folder: Path, audit: Auditing, basis: str = "1") -> WatchedFolder:
    return WatchedFolder(folder, audit, folder.parent / "state" / "s.json", basis)


def rounds(watch: WatchedFolder, number: int = 2) -> list[str]:
    return [done.path.name for _ in range(number) for done in watch.round()]


def test_a_file_is_audited_when_it_stood_still_and_its_reports_lie_beside_it(folder: Path) -> None:
    audit = Auditing()
    (folder / "a.md").write_text("good", "utf-8")
    watch = watched(folder, audit)
    assert rounds(watch, 1) == []
    assert rounds(watch, 1) == ["a.md"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.md", "a.md.audit.html", "a.md.audit.jsonl"]
    assert stat.S_IMODE((folder / "a.md.audit.html").stat().st_mode) == 0o600
    assert (watch.exit_code(), watch.waiting()) == (ExitCode.OK, [])


def test_a_file_that_grows_waits(folder: Path) -> None:
    audit = Auditing()
    watch = watched(folder, audit)
    for step in range(4):
        (folder / "a.md").write_text("g" * (step + 1), "utf-8")
        assert rounds(watch, 1) == []
    assert watch.waiting() == [folder / "a.md"]
    assert watch.exit_code() is ExitCode.CANNOT_TELL
    assert rounds(watch, 1) == ["a.md"]


def test_a_file_that_changes_while_it_is_audited_is_audited_again(folder: Path) -> None:
    (folder / "a.md").write_text("good", "utf-8")

    class Changing(Auditing):
        def __call__(self, path: Path) -> Report:
            report = super().__call__(path)
            if len(self.asked) == 1:
                path.write_text("bad and longer", "utf-8")
            return report

    audit = Changing()
    watch = watched(folder, audit)
    assert rounds(watch, 2) == []
    assert not (folder / "a.md.audit.html").exists()
    assert rounds(watch, 2) == ["a.md"]
    assert (folder / "a.md.audit.html").read_text("utf-8") == "bad and longer"


@pytest.mark.parametrize(
    "name", ["~$a.docx", ".a.md.swp", "a.docx.tmp", "a.crdownload", ".DS_Store", "Thumbs.db", "a.part"]
)
def test_names_of_files_on_their_way_are_passed_over(folder: Path, name: str) -> None:
    (folder / name).write_text("x", "utf-8")
    audit = Auditing()
    assert rounds(watched(folder, audit), 3) == []
    assert audit.asked == []


def test_reports_are_never_audited_not_even_when_their_file_is_gone(folder: Path) -> None:
    audit = Auditing()
    (folder / "a.md").write_text("good", "utf-8")
    watch = watched(folder, audit)
    rounds(watch, 4)
    (folder / "a.md").unlink()
    rounds(watch, 3)
    rounds(watched(folder, audit), 3)
    assert audit.asked == ["a.md"]


def test_a_file_that_only_calls_itself_a_report_is_audited(folder: Path) -> None:
    (folder / "poster.audit.html").write_text("bad", "utf-8")
    watch = watched(folder, Auditing())
    assert rounds(watch) == ["poster.audit.html"]
    assert watch.exit_code() is ExitCode.FINDINGS


def test_a_restart_audits_nothing_again_but_what_changed_or_lost_its_report(folder: Path) -> None:
    for name in ("a.md", "b.md", "c.md"):
        (folder / name).write_text("good", "utf-8")
    rounds(watched(folder, Auditing()))
    (folder / "b.md").write_text("bad", "utf-8")
    (folder / "c.md.audit.html").unlink()
    assert rounds(watched(folder, Auditing())) == ["b.md", "c.md"]


def test_other_rules_audit_everything_again(folder: Path) -> None:
    (folder / "a.md").write_text("good", "utf-8")
    rounds(watched(folder, Auditing()))
    assert rounds(watched(folder, Auditing(), "2")) == ["a.md"]


def test_an_error_in_one_file_is_said_and_the_others_are_audited(folder: Path) -> None:
    for name, words in (("a.md", "raise"), ("b.md", "bad"), ("c.md", "good")):
        (folder / name).write_text(words, "utf-8")
    watch = watched(folder, Auditing())
    assert rounds(watch) == ["a.md", "b.md", "c.md"]
    assert watch.exit_code() is ExitCode.CANNOT_TELL


def test_an_item_that_could_not_be_audited_is_not_tried_without_end(folder: Path) -> None:
    (folder / "a.md").write_text("raise", "utf-8")
    audit = Auditing()
    rounds(watched(folder, audit), 6)
    assert audit.asked == ["a.md"]


def test_where_an_audit_fails_the_report_of_what_the_file_was_before_is_taken_away(folder: Path) -> None:
    (folder / "a.md").write_text("good", "utf-8")
    watch = watched(folder, Auditing())
    rounds(watch)
    (folder / "a.md").write_text("raise", "utf-8")
    rounds(watch)
    assert [path.name for path in folder.iterdir()] == ["a.md"]


def test_a_folder_dropped_in_is_one_item_and_waits_for_the_last_of_its_files(folder: Path) -> None:
    (folder / "export").mkdir()
    audit = Auditing()
    watch = watched(folder, audit)
    for at in range(3):
        (folder / "export" / f"{at}.md").write_text("x", "utf-8")
        assert rounds(watch, 1) == []
    assert rounds(watch, 1) == ["export"]
    assert (folder / "export.audit.html").exists()


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"a.md": 3}', b'{"a.md": ["x", "1", 99]}', b"\xff"])
def test_a_damaged_state_means_auditing_again(folder: Path, damage: bytes) -> None:
    (folder / "a.md").write_text("good", "utf-8")
    rounds(watched(folder, Auditing()))
    (folder.parent / "state" / "s.json").write_bytes(damage)
    assert rounds(watched(folder, Auditing())) == ["a.md"]


def test_an_empty_folder_is_never_clean(folder: Path) -> None:
    watch = watched(folder, Auditing())
    assert (rounds(watch), watch.exit_code()) == ([], ExitCode.CANNOT_TELL)


def test_a_name_too_long_for_a_report_gets_a_shorter_one(folder: Path) -> None:
    name = "长" * 82 + ".md"
    (folder / name).write_text("good", "utf-8")
    audit = Auditing()
    watch = watched(folder, audit)
    assert rounds(watch, 4) == [name]
    assert rounds(watched(folder, audit), 3) == []
    assert len([path for path in folder.iterdir() if path.name.endswith(".audit.html")]) == 1
