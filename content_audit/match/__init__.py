"""The matcher: what a text reads as, and which of many thousand terms stand in it. Pure but for the lexicon file."""
