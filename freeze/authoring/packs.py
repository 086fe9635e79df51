"""Rule packs: folders of YAML laid under the company's own rules. Ours come with the package (``policies/``).

``freeze/baseline`` names a pack of the package; ``./packs/mine`` one inside the workspace.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from freeze.authoring.forms import PackForm
from zhongbao_core.authored import Place, form_at
from zhongbao_core.canonical import digest
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, parse_yaml

FILES = ("pack.yaml", "treatments.yaml", "ladder.yaml")


class Pack(NamedTuple):
    """A pack as read: its documents by file name, and the digest over all of them."""

    name: str
    documents: dict[str, Document]
    digest: str


def read_pack(name: str, root: Path, place: Place) -> Pack | None:
    """The pack ``name``, or None and a complaint at ``place`` where there is none."""
    found = dict(_contents(name, root))
    if "pack.yaml" not in found:
        place.complain(
            "PACK_UNKNOWN",
            Text(f"没有规则包 {name}", f"there is no pack {name}"),
            Text("自带：freeze/baseline；自有的写 ./目录", "ours: freeze/baseline; your own: ./folder"),
        )
        return None
    documents = {file: parse_yaml(data, f"{_shown(name)}/{file}") for file, data in found.items()}
    head = documents["pack.yaml"]
    form_at(Place(head), head.value, PackForm)
    stamp = digest(b"".join(digest(found[file]).encode() + file.encode() for file in sorted(found)))
    return Pack(name, documents, stamp)


def _contents(name: str, root: Path) -> Iterator[tuple[str, bytes]]:
    parts = name.removeprefix("./").split("/")
    if any(part in ("", ".", "..") for part in parts):
        return
    base = root.joinpath(*parts) if name.startswith("./") else files("policies").joinpath(*parts)
    for file in FILES:
        item = base.joinpath(file)
        if item.is_file():
            yield file, item.read_bytes()


def _shown(name: str) -> str:
    """How complaints call the pack: ours by its place in the package, the company's by its folder."""
    return name.removeprefix("./") if name.startswith("./") else f"policies/{name}"
