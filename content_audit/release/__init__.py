"""From the draft to the published page: what is approved, by whom, whether it may go out, and whether it is what went out."""
