"""The commands of the content audit, one module a group."""
