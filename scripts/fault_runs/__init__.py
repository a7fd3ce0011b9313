"""Kills and freezes programs and engines while they work, and compares what they have kept with what they were sent.

`plan`, `victims`, `run`, `comparison` and `report` know nothing of any package; `wiki_stats` is what ch-3 needs.
"""
