"""Drills under load: streams of facts drawn from a seed, faults while they come, a verdict on what was kept.

`scenario` is what a file says, `plan` what follows from it and a seed, `send` tells it to the platform,
`model` works out what must come of it, `observe` reads what came, `verdict` compares, `outcome` is what is
handed on.
"""
