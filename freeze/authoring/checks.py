"""What is wrong with a policy as a whole: checks that look at several pieces at once, each with place and fix.

``check_policy`` belongs to loading and knows no clock: its errors make a policy unusable. ``check_now`` says what the
present instant makes of a sound policy (expired, about to lapse, nobody left to sign); all of that is a warning.
"""

from __future__ import annotations

from datetime import datetime

from freeze.authoring.check_event import check_event
from freeze.authoring.check_ladder import check_ladder, check_reachable
from freeze.authoring.check_people import check_people
from freeze.authoring.check_rules import check_rules, check_rules_now
from freeze.authoring.check_scope import check_scope
from freeze.authoring.workspace import Workspace
from zhongbao_core.complaint import Complaint, in_order
from zhongbao_core.yamlfile import Document


def check_policy(workspace: Workspace) -> None:
    """Run every check over ``workspace``; complaints land at the places concerned."""
    check_event(workspace)
    check_people(workspace)
    check_scope(workspace)
    check_ladder(workspace)
    check_rules(workspace)


def check_now(workspace: Workspace, at: datetime) -> tuple[Complaint, ...]:
    """Everything that is wrong at ``at``: what loading found, and what has lapsed since it was written."""
    before = set(workspace.complaints)
    check_rules_now(workspace, at)
    check_reachable(workspace, at)
    return in_order(before | {item for document in documents(workspace) for item in document.complaints})


def documents(workspace: Workspace) -> list[Document]:
    """Every document that a piece of ``workspace`` came from."""
    where = workspace.where
    placed = (
        where.systems,
        where.windows,
        where.treatments,
        where.ladder,
        where.catalogue,
        where.exemptions,
        where.doors,
    )
    found = [place.document for pieces in placed for place, _ in pieces]
    single = (where.company, where.event, where.people, where.breakglass)
    found += [place.document for place in single if place is not None]
    return list({id(document): document for document in found}.values())
