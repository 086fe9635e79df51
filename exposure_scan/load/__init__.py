"""What people write for the exposure scan, read and checked."""
