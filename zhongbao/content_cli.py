"""The ``content`` group: the pillar's own commands, and those that need what joins the pillars."""

from __future__ import annotations

import click

from content_audit.cli import LAZY as OWN
from zhongbao_core.clikit import LazyGroup

LAZY = {
    **OWN,
    "review": ("zhongbao.content_review:review", "Take review sheets (审核单) back and record the opinions."),
}


@click.group(cls=LazyGroup, lazy=LAZY)
def content() -> None:
    """The content audit (内容审核): nothing goes out unread, and nothing wrong stays out."""
