"""What people write for the content audit - rule packs, registers - read strictly, every complaint with place and fix."""
