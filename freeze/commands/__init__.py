"""Commands of the freeze that are no doors: the desk, the calendar, the audit."""
