"""What people write for the exposure scan, to its types, with every complaint."""
