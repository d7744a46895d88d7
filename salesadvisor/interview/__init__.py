"""Asks a person the questions of a rulebook."""
