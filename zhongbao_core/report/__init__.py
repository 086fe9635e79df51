"""Renderers shared by the pillars: a result in, a string out."""
