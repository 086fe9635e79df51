"""How results are shown to people, machines and CI: a result in, a string out."""
