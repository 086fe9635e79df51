<<<<<<< HEAD
"""What people write for the content audit - rules, packs, registers, lists - to the types it works with."""
=======
"""Rule packs from YAML: read strictly, every complaint with its place and its fix."""
>>>>>>> main
