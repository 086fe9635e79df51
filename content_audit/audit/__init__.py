"""The audit itself: rules over hits, exemptions, verdicts, and the registers they look into. Pure."""
