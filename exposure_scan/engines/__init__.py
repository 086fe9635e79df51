"""Engines: each turns a shard of the plan into its endings, and raises for no fault of the world."""
