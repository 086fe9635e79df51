"""The ground the pillars stand on: words, time, trust, approvals and the ledger. Imports no pillar."""

__version__ = "0.1.0"
