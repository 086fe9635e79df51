"""What people write: YAML into the types of the freeze, with every complaint, and compiled for the doors."""
