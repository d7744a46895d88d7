"""The expression language: conditions and formulas over sets of possible values."""
