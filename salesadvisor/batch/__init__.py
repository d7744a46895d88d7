"""Many records: the rulebook as SQL, and the engines that run it."""
