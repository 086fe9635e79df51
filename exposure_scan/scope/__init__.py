"""What may be asked at all: the scope, every written form of a target, and the ruling over it. Pure."""
