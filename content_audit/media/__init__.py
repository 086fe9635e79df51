"""Pictures: the codes and words in them, what they are like, whose they say they are. Nothing is ever fetched."""
