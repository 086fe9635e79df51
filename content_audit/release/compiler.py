"""From a workspace's YAML and workbooks to the content audit's compiled policy. The slow way: never at a gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from content_audit.audit.registers import Registers
from content_audit.authoring.registers import load_registers
from content_audit.release.policy import ContentPolicy
from zhongbao_core.authored import Place, form_at
from zhongbao_core.complaint import Complaint, errors_in, in_order
from zhongbao_core.errors import InputError
from zhongbao_core.forms import WorkspaceForm
from zhongbao_core.load_people import load_event, load_people, text_of
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, read_yaml


def compile_content(root: Path) -> bytes:
    """The compiled content policy of the workspace in ``root``. Raises InputError POLICY_BROKEN where it has errors."""
    head = read_yaml(root / "zhongbao.yaml", name="zhongbao.yaml")
    form = form_at(Place(head), head.value, WorkspaceForm)
    if form is None:
        raise _refused(head.complaints)
    people = read_yaml(root / "people.yaml", name="people.yaml")
    event = read_yaml(root / "event.yaml", name="event.yaml") if form.event is not None else Document("event.yaml")
    directory = load_people(people, form.zone)
    registers = load_registers(root, form.zone).against(directory)
    policy = ContentPolicy(
        workspace=form.id,
        company=text_of(form.company),
        zone=form.zone,
        event=load_event(event, form.zone) if event.value is not None else None,
        directory=directory,
        registers=without_phones(registers.registers),
    )
    broken = errors_in([*head.complaints, *people.complaints, *event.complaints, *registers.complaints])
    if broken:
        raise _refused(list(broken))
    return policy.to_bytes()


def without_phones(registers: Registers) -> Registers:
    """The registers without the phone numbers in response plans: those never leave the authored file."""
    plans = (
        plan._replace(contacts=tuple(contact._replace(phone="") for contact in plan.contacts))
        for plan in registers.plans
    )
    return replace(registers, plans=tuple(plans))


def _refused(complaints: list[Complaint]) -> InputError:
    found = in_order(complaints)
    return InputError(
        Text(
            f"策略有 {len(found)} 处错误，首处：{found[0].shown('zh')}",
            f"{len(found)} policy errors, first: {found[0].shown('en')}",
        ),
        Text("zhongbao check 列出全部", "zhongbao check lists them all"),
        reason_code="POLICY_BROKEN",
        complaints=found,
    )
