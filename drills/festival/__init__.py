"""A week of return to the villages: who comes home from where, told through the public API on a fast clock.

What must come of each person stands in the scenario, profile by profile, in the words of the notices; the
services' own rules are not asked.
"""
