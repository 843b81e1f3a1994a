"""A page of sentences as a picture: what `flowrules draw` writes. Equal pages give equal bytes."""
