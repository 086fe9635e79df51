"""The desk: requests, approvals, permits and emergency releases, written to the ledger and read from it."""
