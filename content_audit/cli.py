"""The ``content`` group's own commands: names only; each is imported when it is asked for."""

from __future__ import annotations

LAZY = {
    "scan": ("content_audit.commands.scan_cli:scan", "Audit exports, drafts and folders; report what was found."),
    "submit": ("content_audit.commands.gate_cli:submit", "Submit a draft for approval."),
    "gate": ("content_audit.commands.gate_cli:gate", "Ask whether a draft may go out now."),
    "seen": ("content_audit.commands.gate_cli:seen", "Say that you looked at the pictures nobody could read."),
    "verify-published": ("content_audit.commands.verify_cli:verify_published", "Compare a page with its approval."),
    "reconcile": ("content_audit.commands.verify_cli:reconcile", "Compare an export with all approvals."),
    "release": ("content_audit.commands.sheet_cli:release", "Sheets of posts to approve together (签发单)."),
    "emergency": ("content_audit.commands.emergency_cli:emergency", "Emergency notices from approved templates."),
    "sweep": ("content_audit.commands.sweep_cli:sweep", "Go through all that is published; list what must come down."),
    "takedown": ("content_audit.commands.sweep_cli:takedown", "Posts that must come down (下线)."),
    "match": ("content_audit.commands.match_cli:match", "The engine on a list of words alone."),
}
"""Command names with where they live and their line of help; ``zhongbao.content_cli`` adds those that join pillars."""
