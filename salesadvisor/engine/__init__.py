"""The decision for a block of positions: sets of possible answers, many at once."""
