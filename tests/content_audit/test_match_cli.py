"""``content match``: lists in, hits out, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from content_audit.commands.match_cli import match
from zhongbao_core.errors import InputError, UsageError
from zhongbao_core.settings import Settings


def run(*args: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(match, args, input=stdin, obj=Settings(lang="zh"), standalone_mode=False)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("# 词表\n最佳\n第一品牌\n品牌\n", "utf-8")
    return path


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_hits_are_shown_with_place_words_and_steps(words: Path) -> None:
    result = run("--lexicon", str(words), stdin="普通的话\n全国第 ①品牌，最\u200b佳\n")
    assert result.stdout.splitlines() == [
        "-:2:3: 第 ①品牌 → 第一品牌 (numerals, space)",
        "-:2:9: 最\\u200b佳 → 最佳 (hidden)",
    ]
    assert result.return_value == 1


def test_no_hit_is_0_and_nothing_to_look_at_is_3(words: Path) -> None:
    assert run("--lexicon", str(words), stdin="普通的话\n").return_value == 0
    assert run("--lexicon", str(words), stdin="\n\n").return_value == 3


def test_all_overlapping_hits_where_asked_for(words: Path) -> None:
    one = lines(run("--lexicon", str(words), "--format", "jsonl", stdin="第一品牌"))
    every = lines(run("--lexicon", str(words), "--format", "jsonl", "--policy", "all", stdin="第一品牌"))
    assert [item.get("raw") for item in one] == ["第一品牌", None]
    assert [item.get("raw") for item in every] == ["第一品牌", "品牌", None]
    assert one[-1] == {
        "type": "summary", "schema_version": 1, "texts": 1, "hits": 1, "unread": 0, "terms": 3, "reason_code": "TERMS_FOUND",
    }  # fmt: skip


def test_a_phrase_covers_the_hits_inside_it(words: Path, tmp_path: Path) -> None:
    cover = tmp_path / "cover.txt"
    cover.write_text("最佳实践\n", "utf-8")
    given = ("--lexicon", str(words), "--whitelist", str(cover))  # glossary: quoted
    assert run(*given, stdin="遵循最佳实践").return_value == 0
    assert run(*given, stdin="遵循最佳实践，最佳").stdout == "-:1:8: 最佳\n"


def test_json_lines_give_their_text_and_a_broken_line_is_3(words: Path, tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"id": 1, "text": "最佳\\n品牌"}\n{"id": 2}\nnot json\n', "utf-8")
    result = run("--lexicon", str(words), "--format", "jsonl", str(posts))
    found = lines(result)
    assert [(item["line"], item["start"], item["raw"]) for item in found[:-1]] == [(1, 0, "最佳"), (1, 3, "品牌")]
    assert (found[-1]["unread"], found[-1]["reason_code"]) == (2, "PARTLY_LOOKED")
    assert result.return_value == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_lists_and_texts_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    words, text = tmp_path / "words.csv", tmp_path / "text.txt"
    words.write_bytes("词条,备注\r\n最佳,极限词\r\n".encode(encoding))
    text.write_bytes("全国最佳\r\n".encode(encoding))
    assert run("--lexicon", str(words), str(text)).stdout == f"{text}:1:3: 最佳\n"


def test_what_would_flood_a_reviewer_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("最佳\n的\n2024\n\n最佳\n★★\n", "utf-8")
    result = run("--lexicon", str(path), stdin="x")
    assert isinstance(result.exception, InputError)
    assert (result.exception.exit_code, result.exception.reason_code) == (2, "WORDS_WRONG")
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [
        f"{path}:{number}:1" for number in (2, 3, 5, 6)
    ]


def test_short_terms_are_taken_where_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("的\n2024\n", "utf-8")
    assert run("--lexicon", str(path), "--allow-short", stdin="我的 2024 和 20245").stdout == "-:1:2: 的\n-:1:4: 2024\n"
    inside = run("--lexicon", str(path), "--allow-short", "--inside", stdin="20245")
    assert inside.stdout == "-:1:1: 2024\n"


def test_only_what_is_asked_for_is_folded(words: Path) -> None:
    given = ("--lexicon", str(words), "--fold")
    assert run(*given, "none", stdin="最 佳").return_value == 0
    assert run(*given, "skip", stdin="最 佳").return_value == 1
    assert isinstance(run(*given, "magic", stdin="x").exception, UsageError)


def test_variants_are_looked_for_where_asked_for(words: Path) -> None:
    result = run("--lexicon", str(words), "--variants", "pinyin", stdin="zuijia")
    assert result.stdout == "-:1:1: zuijia → zuijia = 最佳 (pinyin)\n"


def test_a_missing_file_is_said(words: Path) -> None:
    assert isinstance(run("--lexicon", str(words), "nowhere.txt").exception, InputError)
    assert isinstance(run("--lexicon", "nowhere.txt", stdin="x").exception, InputError)


def test_more_texts_than_fit_one_piece(words: Path, tmp_path: Path) -> None:
    posts = tmp_path / "many.txt"
    posts.write_text("普通的一句话没有什么\n" * 200_000 + "最佳\n", "utf-8")
    assert run("--lexicon", str(words), str(posts)).stdout == f"{posts}:200001:1: 最佳\n"
