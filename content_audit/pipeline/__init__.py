"""The bulk path: a large JSONL export in shards, through processes here or on other machines, resumable, same answer always."""
