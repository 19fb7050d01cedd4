"""A tagger of sentences: a linear-chain conditional random field on hashed features of words and their neighbours."""
