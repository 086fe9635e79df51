"""The ``content`` group's own commands: names only; each is imported when it is asked for."""

from __future__ import annotations

LAZY = {
    "scan": ("content_audit.commands.scan_cli:scan", "Audit exports, drafts and folders; report what was found."),
    "match": ("content_audit.commands.match_cli:match", "The engine on a list of words alone."),
}
"""Command names with where they live and their line of help; ``zhongbao.content_cli`` adds those that join pillars."""
