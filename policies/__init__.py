"""Resource marker: the rule packs beside this file are data, not code."""
