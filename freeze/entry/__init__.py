"""How a door or a desk comes to what it may believe: the verified policy, the examined permit."""
