"""The tamper-evident ledger (存证日志): an append-only RFC 6962 log with signed checkpoints."""
