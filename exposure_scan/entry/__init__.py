"""How a command comes to the scope it may go by."""
