"""The commands of the exposure scan."""
