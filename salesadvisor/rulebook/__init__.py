"""What a rulebook says, and how one is read."""
