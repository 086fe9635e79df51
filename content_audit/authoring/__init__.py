"""Rule packs from YAML: read strictly, every complaint with its place and its fix."""
