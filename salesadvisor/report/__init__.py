"""Advice in the form somebody wants it."""
