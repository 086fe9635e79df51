"""What is wrong with a policy as a whole: checks that look at several pieces at once, each with place and fix."""

from __future__ import annotations

from freeze.workspace import Workspace


def check_policy(workspace: Workspace) -> None:
    """Run every check over ``workspace``; complaints land at the places concerned."""
