"""Drills: a scenario is played on a running platform with a fast clock, and every figure is held against it.

`scenario` says what a file may hold, `reading` reads and checks it; `facts`, `forecast` and `ladder` work out
from the file and the policy alone what must happen, knowing nothing of the services; `play`, `people` and
`observe` do and see it over the public HTTP doors; `judge` compares.
"""
