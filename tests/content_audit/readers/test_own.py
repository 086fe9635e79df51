"""Our own JSONL, the export that writes it, mapping files, and the list of formats."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import export_shapes as shapes
import pytest
from click.testing import CliRunner, Result

from content_audit.commands.export_cli import export
from content_audit.commands.readers_cli import readers
from content_audit.model import Passage, Post, Role, Source, Unread, Why
from content_audit.readers import TABLE, read_bytes, read_path
from content_audit.readers.mapping_file import load_mapping
from content_audit.readers.times import CHINA
from zhongbao_core.errors import InputError
from zhongbao_core.settings import Settings


def run(command: object, *args: str) -> Result:
    return CliRunner().invoke(command, args, obj=Settings(lang="zh"), standalone_mode=False)  # type: ignore[arg-type]


def words(post: Post) -> list[tuple[str, str]]:
    """The words of a post by role, those of one role joined as the export joins them."""
    joined: dict[str, str] = {}
    for passage in post.passages:
        joined[passage.role.value] = "\n".join(filter(None, [joined.get(passage.role.value), passage.text]))
    return sorted(joined.items())


def test_own_lines_are_posts_and_a_bad_line_loses_no_other() -> None:
    found = list(read_bytes(shapes.OWN.encode(), Source("own.jsonl")))
    assert [one.why if isinstance(one, Unread) else one.id for one in found] == [
        "a-1",
        Why.BROKEN,
        "a-2",
        Why.BROKEN,
        "a-4",
    ]
    first = found[0]
    assert isinstance(first, Post)
    assert first.passages == (Passage(Role.TITLE, "title", "开幕"), Passage(Role.BODY, "text", "今晚八点。"))
    assert (first.channel, first.account, first.published_at) == (
        "wechat",
        "江城发布",
        datetime(2026, 10, 1, 19, tzinfo=CHINA),
    )
    assert [one.href for one in first.pictures] == ["img/a.png"]
    push, html = found[2], found[4]
    assert isinstance(push, Post)
    assert isinstance(html, Post)
    assert push.passages == (Passage(Role.ALERT, "text", "停水通知"),)
    assert html.passages == (Passage(Role.BODY, "html", "甲\n乙"),)


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ('{"id":"x","channel":"push"}', "no title, text, html or images"),
        ('{"id":"x","text":"t","channel":"push","published_at":"昨天"}', "published_at '昨天'"),
        ('{"id":"x","text":"t","channel":"sms"}', "channel 'sms'"),
    ],
)
def test_a_line_that_is_no_post_says_why(line: str, detail: str) -> None:
    [found] = read_bytes(line.encode(), Source("o.jsonl"))
    assert found == Unread(Source("o.jsonl", "line 1", "jsonl"), Why.BROKEN, detail, "x")


def test_local_images_of_a_line_are_loaded_from_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "a.png").write_bytes(b"png")
    (tmp_path / "own.jsonl").write_text(shapes.OWN, "utf-8")
    first = next(read_path(tmp_path / "own.jsonl"))
    assert isinstance(first, Post)
    assert [one.data for one in first.pictures] == [b"png"]


def test_a_line_over_the_limit_is_unread_and_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("content_audit.readers.jsontext.MAX_RECORD", 100)
    data = '{"id":"1","text":"' + "长" * 100 + '"}\n{"id":"2","text":"短"}\n'
    found = list(read_bytes(data.encode(), Source("o.jsonl")))
    assert [one.why if isinstance(one, Unread) else one.id for one in found] == [Why.TOO_BIG, "2"]


def test_the_export_reads_back_with_equal_ids_words_channel_account_and_time(tmp_path: Path) -> None:
    for name, data in shapes.every_shape(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        before = [one for one in read_path(tmp_path / name) if isinstance(one, Post)]
        run(export, str(tmp_path / name), "--to", str(tmp_path / "out.jsonl"))
        after = [one for one in read_path(tmp_path / "out.jsonl") if isinstance(one, Post)]
        kept = [
            (one.id, one.channel, one.account, one.published_at, one.url, words(one), one.links, one.facts)
            for one in before
        ]
        assert before, name
        assert [
            (one.id, one.channel, one.account, one.published_at, one.url, words(one), one.links, one.facts)
            for one in after
        ] == kept, name


def test_the_export_of_an_export_is_the_same_bytes(tmp_path: Path) -> None:
    for name, data in shapes.every_shape(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        run(export, str(tmp_path / name), "--to", str(tmp_path / "1.jsonl"))
        run(export, str(tmp_path / "1.jsonl"), "--to", str(tmp_path / "2.jsonl"))
        assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes(), name


def test_the_export_says_what_it_could_not_read_and_ends_in_3(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text(shapes.OWN, "utf-8")
    result = run(export, str(tmp_path / "own.jsonl"))
    assert result.return_value == 3
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a-1", "a-2", "a-4"]
    assert "own.jsonl#line 2：文件损坏或不合格式" in result.stderr
    assert "写出 3 篇，未读 2 处" in result.stderr


def test_the_export_may_replace_its_own_input_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"id":"1","text":"甲"}\n', "utf-8")
    assert run(export, str(path), "--to", str(path)).return_value == 0
    assert path.read_text("utf-8") == '{"id":"1","channel":"draft","text":"甲"}\n'
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


def test_the_list_names_every_reader_as_it_names_itself() -> None:
    from content_audit.readers.registry import load

    assert [(one.name, one.title) for one in TABLE] == [(load(one).name, one.title) for one in TABLE]
    listed = json.loads(run(readers, "--format", "json").stdout)["readers"]
    assert [one["name"] for one in listed] == [one.name for one in TABLE]
    assert len({one.name for one in TABLE}) == len(TABLE)


def test_every_reader_stands_in_the_page_about_them() -> None:
    page = (Path(__file__).parents[3] / "docs" / "content-readers.md").read_text("utf-8")
    assert [one.name for one in TABLE if f"`{one.name}`" not in page] == []


def test_every_shape_is_recognised_by_its_content_under_any_name(tmp_path: Path) -> None:
    from content_audit.readers.registry import HEAD, pick

    for name, data in shapes.every_shape(tmp_path).items():
        if name == "exported.xlsx":  # a workbook may be anything: its name says that it is one
            continue
        by_name, nameless = pick(data[:HEAD], name), pick(data[:HEAD], "x")
        assert by_name is not None, name
        assert nameless is by_name, name


def test_a_file_is_shown_with_its_reader_and_an_unknown_one_ends_in_3(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(shapes.SRT, "utf-8")
    (tmp_path / "b.bin").write_bytes(b"\x00\x01\x02")
    result = run(readers, str(tmp_path / "a.srt"), str(tmp_path / "b.bin"))
    assert [line.split()[-1] for line in result.stdout.splitlines()] == ["subtitles", "-"]
    assert result.return_value == 3


MAPPING = """
format: %s
%s
channel: push
account: 江城银行
time: {format: "%%d/%%m/%%Y %%H:%%M", zone: Asia/Shanghai}
fields:
  id: 编号
  title: 主题
  text: [文案, 备用]
  published_at: 时间
  link: 地址
"""


def mapping(folder: Path, form: str, more: str = "") -> Path:
    path = folder / "mapping.yaml"
    path.write_text(MAPPING % (form, more), "utf-8")
    return path


ROWS = [
    {"编号": "m-1", "主题": "还款", "文案": "明天还款日", "时间": "26/11/2026 08:00", "地址": "https://b.example.com"},
    {"编号": "m-2", "主题": "", "文案": "", "备用": "备用文案", "时间": ""},
    {"编号": "m-3", "主题": "", "文案": "", "时间": ""},
    {"编号": "m-4", "主题": "时间不对", "文案": "", "时间": "昨天"},
]
EXPECTED = [
    ("m-1", [("title", "还款"), ("alert", "明天还款日")], datetime(2026, 11, 26, 8, tzinfo=CHINA)),
    ("m-2", [("alert", "备用文案")], None),
    (Why.BROKEN, "m-3", ""),
    ("m-4", [("title", "时间不对")], None),
    (Why.BROKEN, "m-4", "published_at"),
]


def found_by(path: Path, mapping: Path) -> list[object]:
    return [
        (one.why, one.post, one.locator)
        if isinstance(one, Unread)
        else (one.id, [(item.role.value, item.text) for item in one.passages], one.published_at)
        for one in read_path(path, mapping=load_mapping(mapping))
    ]


def test_a_mapping_reads_json_below_a_path(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(shapes.dumped({"data": [{"items": ROWS[:2]}, {"items": ROWS[2:]}]}))
    assert found_by(tmp_path / "x.json", mapping(tmp_path, "json", "records: data.items")) == EXPECTED


def test_a_mapping_reads_jsonl_csv_and_xlsx_alike(tmp_path: Path) -> None:
    columns = ["编号", "主题", "文案", "备用", "时间", "地址"]
    table = [columns, *([row.get(name, "") for name in columns] for row in ROWS)]
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(map(shapes.dumped, ROWS)))
    (tmp_path / "x.csv").write_text("\n".join(",".join(row) for row in table), "gb18030")
    (tmp_path / "x.xlsx").write_bytes(shapes.workbook({"表": [list(row) for row in table], "其他": [["a"], ["b"]]}))
    assert found_by(tmp_path / "x.jsonl", mapping(tmp_path, "jsonl")) == EXPECTED
    assert found_by(tmp_path / "x.csv", mapping(tmp_path, "csv")) == EXPECTED
    assert found_by(tmp_path / "x.xlsx", mapping(tmp_path, "xlsx", "sheet: 表")) == EXPECTED


def test_a_mapping_may_go_through_nested_objects_lists_and_html(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "format: json\nchannel: web\nfields: {id: meta.id, title: meta.title, html: body.html, images: body.pics.src, channel: kind}\n",
        "utf-8",
    )
    record = {
        "meta": {"id": 7, "title": "标题"},
        "kind": "微博",
        "body": {"html": "<p>甲<a href='https://e.com'>链</a></p>", "pics": [{"src": "a.png"}, {"src": "b.png"}]},
    }
    (tmp_path / "x.json").write_bytes(shapes.dumped(record))
    [post] = read_path(tmp_path / "x.json", mapping=load_mapping(tmp_path / "m.yaml"))
    assert isinstance(post, Post)
    assert (post.id, post.channel) == ("7", "weibo")
    assert post.passages == (Passage(Role.TITLE, "meta.title", "标题"), Passage(Role.BODY, "body.html", "甲链"))
    assert [one.href for one in post.pictures] == ["a.png", "b.png"]
    assert [one.href for one in post.links] == ["https://e.com"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format: pdf\nfields: {text: a}\n", "format"),
        ("format: csv\nfields: {id: a}\n", "没有任何文字字段"),
        ("format: csv\nfields: {text: a, texd: b}\n", "没有字段 texd"),
        ("format: csv\nfields: {text: a}\ntime: {zone: Mars/One}\n", "Mars/One"),
        ("format: csv\nfields: {text: a}\nextra: 1\n", "extra"),
        ("", "为空"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "m.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        load_mapping(tmp_path / "m.yaml")
    assert caught.value.reason_code == "MAPPING_BROKEN"
    assert says in caught.value.message.zh
