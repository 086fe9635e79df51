"""The policy in force as doors read it: the compiled file, its codecs, and amendments laid over it."""
