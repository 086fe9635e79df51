"""How a command comes to its rules: the workspace's and ours, compiled, at the level of the period."""
