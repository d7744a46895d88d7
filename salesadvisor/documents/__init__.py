"""Files as trees of scalars, lists and mappings, each with its place."""
