"""The shape of a mapping file, as people write it, and how it becomes a reader."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from content_audit.readers.mapping import Mapped
from zhongbao_core.authored import Form, Place, form_at
from zhongbao_core.clock import zone
from zhongbao_core.complaint import Complaint, errors_in
from zhongbao_core.errors import InputError
from zhongbao_core.forms import Line, Words, Zone
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import read_yaml

WORDS = frozenset(["title", "text", "html", "digest", "button", "comment"])
FIELDS = WORDS | {"id", "author", "channel", "account", "published_at", "url", "link", "images", "topics"}

PathWord = Annotated[str, Field(min_length=1, max_length=200, description="a column, or a way through JSON with dots")]


class TimeForm(Form):
    """How times are written."""

    format: Words = Field(default="", description="as strptime reads it; without it the usual ways are tried")
    zone: Zone = "Asia/Shanghai"


class MappingForm(Form):
    """A mapping file."""

    format: Literal["json", "jsonl", "csv", "xlsx"]
    records: Words = Field(default="", description="json: the way to the list of records")
    sheet: Words = Field(default="", description="xlsx: one sheet; without it all of them")
    channel: Literal["wechat", "weibo", "push", "app", "web", "video", "draft"] = "draft"
    account: Words = ""
    time: TimeForm = TimeForm()
    fields: dict[Line, PathWord | Annotated[list[PathWord], Field(min_length=1, max_length=16)]] = Field(min_length=1)


def load_mapping(path: Path) -> Mapped:
    """The mapping in a YAML file. Raises InputError MAPPING_BROKEN with every complaint."""
    document = read_yaml(path)
    place = Place(document)
    form = None if document.value is None else form_at(place, document.value, MappingForm)
    if form is not None:
        _check_fields(place.at("fields"), form)
    named = "Asia/Shanghai" if form is None else place.at("time", "zone").zone(form.time.zone)
    if form is None or named is None or errors_in(document.complaints):
        raise _broken(errors_in(document.complaints))
    return Mapped(
        format=form.format,
        fields={name: tuple([paths] if isinstance(paths, str) else paths) for name, paths in form.fields.items()},
        records=form.records,
        sheet=form.sheet,
        channel=form.channel,
        account=form.account,
        time_format=form.time.format,
        zone=zone(named),
    )


def _check_fields(place: Place, form: MappingForm) -> None:
    if not WORDS & form.fields.keys():
        place.complain(
            "FIELDS",
            Text("没有任何文字字段", "no field with words"),
            Text("至少映射 title、text、html 之一", "map at least one of title, text, html"),
        )
    known = Text("可用：" + "、".join(sorted(FIELDS)), "there are: " + ", ".join(sorted(FIELDS)))
    for name in sorted(form.fields.keys() - FIELDS):
        place.at(name).complain("FIELDS", Text(f"没有字段 {name}", f"no field {name}"), known)


def _broken(complaints: tuple[Complaint, ...]) -> InputError:
    first = (
        Text(complaints[0].shown("zh"), complaints[0].shown("en"))
        if complaints
        else Text("文件为空", "the file is empty")
    )
    return InputError(
        Text(f"映射文件有误：{first.zh}", f"the mapping file is wrong: {first.en}"),
        Text("格式见 docs/content-readers.md", "its shape stands in docs/content-readers.md"),
        reason_code="MAPPING_BROKEN",
        complaints=complaints,
    )
