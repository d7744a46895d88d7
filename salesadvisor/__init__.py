"""Advice on how to sell: from a desk, in the field, or both."""
