"""What decides: a question in, a Decision out. Pure: no I/O and no clock."""
