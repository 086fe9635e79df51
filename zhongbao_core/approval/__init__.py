"""Approvals: what is signed, by whom, how surely, and what that adds up to. Never imports the ledger."""
