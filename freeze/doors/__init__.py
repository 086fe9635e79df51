"""Doors: each one asks the gate on behalf of one kind of tool and only translates the answer."""
