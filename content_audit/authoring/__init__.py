"""What people write for the content audit - rules, packs, registers, lists - to the types it works with."""
