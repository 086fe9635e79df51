"""The command line of the exposure scan."""
