"""The ``content`` group's own commands: names only; each is imported when it is asked for."""

from __future__ import annotations

LAZY = {
    "scan": ("content_audit.commands.scan_cli:scan", "Audit exports, drafts and folders; report what was found."),
    "explain": ("content_audit.commands.explain_cli:explain", "Every rule that looked at a text, and why it stayed."),
    "rules": ("content_audit.commands.rules_cli:rules", "The rules: list, show, test, lint."),
    "tune": ("content_audit.commands.tune_cli:tune", "False alarms per rule on past posts, with exemptions to add."),
    "lists": ("content_audit.commands.lists_cli:lists", "The company's own word lists."),
    "submit": ("content_audit.commands.gate_cli:submit", "Submit a draft for approval."),
    "withdraw": ("content_audit.commands.gate_cli:withdraw", "Withdraw a submitted post for good."),
    "gate": ("content_audit.commands.gate_cli:gate", "Ask whether a draft may go out now."),
    "seen": ("content_audit.commands.gate_cli:seen", "Say that you looked at the pictures nobody could read."),
    "verify-published": ("content_audit.commands.verify_cli:verify_published", "Compare a page with its approval."),
    "reconcile": ("content_audit.commands.verify_cli:reconcile", "Compare an export with all approvals."),
    "release": ("content_audit.commands.sheet_cli:release", "Sheets of posts to approve together (签发单)."),
    "emergency": ("content_audit.commands.emergency_cli:emergency", "Emergency notices from approved templates."),
    "sweep": ("content_audit.commands.sweep_cli:sweep", "Go through all that is published; list what must come down."),
    "takedown": ("content_audit.commands.sweep_cli:takedown", "Posts that must come down (下线)."),
    "match": ("content_audit.commands.match_cli:match", "The engine on a list of words alone."),
    "readers": ("content_audit.commands.readers_cli:readers", "The formats that are read, and who reads a file."),
    "export": ("content_audit.commands.export_cli:export", "Write any readable export as our own JSON lines."),
    "watch": ("content_audit.commands.watch_cli:watch", "Audit what is dropped into a folder, report beside it."),
}
"""Command names with where they live and their line of help; ``zhongbao.content_cli`` adds those that join pillars."""
