"""Revisions of the core's branch (``core``); a pillar brings a branch of its own."""
