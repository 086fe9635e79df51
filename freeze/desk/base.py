"""The freeze's desk: the desk of the house over a policy with a ladder, keeping change requests and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from freeze.policy import Policy
from zhongbao_core.desk import base
from zhongbao_core.desk.state import RequestState

CHANGES = frozenset({"request.submitted"})


@dataclass(frozen=True, slots=True)
class Desk(base.Desk):
    """The ledger, the policy in force and how signatures are checked."""

    policy: Policy

    @property
    def keeps(self) -> frozenset[str]:
        """Change requests: a post or a sheet of posts is not known here."""
        return CHANGES

    @property
    def approving_roles(self) -> frozenset[str]:
        """Roles the ladder asks for: whoever holds one may be recorded; which of them counts is the ladder's to say."""
        return frozenset({"approver", *(item.role for rung in self.policy.ladder for item in rung.require)})


def change_in(tx: base.Writing, request: str) -> RequestState:
    """The state of a change request as the transaction sees it; a number of anything else is unknown."""
    return base.state_in(tx, request, CHANGES)
