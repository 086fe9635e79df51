"""JSON schemas of the files people write, for their editors; made from the forms, so they cannot drift.

``python -m freeze.authoring.schema docs/schema`` writes them; a test says when they are not current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from freeze.authoring.forms import (
    BreakGlassForm,
    CatalogueFile,
    DoorsFile,
    DraftForm,
    ExemptionsFile,
    LadderFile,
    PackForm,
    SystemsFile,
    TreatmentsFile,
    WindowsFile,
)
from zhongbao_core.authored import Form
from zhongbao_core.forms import EventForm, HolidaysFile, PeopleFile, WorkspaceForm

FORMS: dict[str, type[Form]] = {
    "workspace": WorkspaceForm,
    "event": EventForm,
    "people": PeopleFile,
    "holidays": HolidaysFile,
    "systems": SystemsFile,
    "windows": WindowsFile,
    "treatments": TreatmentsFile,
    "ladder": LadderFile,
    "catalogue": CatalogueFile,
    "exemptions": ExemptionsFile,
    "doors": DoorsFile,
    "breakglass": BreakGlassForm,
    "pack": PackForm,
    "request": DraftForm,
}
"""Schema name to the form of the file it describes."""


def schema_text(name: str) -> str:
    """The schema called ``name``, as it is committed."""
    body = {"$schema": "https://json-schema.org/draft/2020-12/schema", **FORMS[name].model_json_schema()}
    return json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write(folder: Path) -> None:
    """Write every schema into ``folder``."""
    for name in FORMS:
        (folder / f"{name}.json").write_text(schema_text(name), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema"))
