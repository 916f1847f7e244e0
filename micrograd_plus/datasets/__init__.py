"""Tables shipped with the package; each has its source and licence in a text of the same name."""
