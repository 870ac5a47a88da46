"""What stayed in order and what moved."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise


def longest_ascending(numbers: Sequence[int]) -> list[int]:
    """The indices of a longest strictly ascending subsequence, in n log n steps."""
    if all(a < b for a, b in pairwise(numbers)):
        return list(range(len(numbers)))
    ends: list[int] = []  # the smallest last number of a subsequence, by its length
    at: list[int] = []  # the index of that number
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        at[length : length + 1] = [index]
    chain: list[int] = []
    index = at[-1]
    while index >= 0:
        chain.append(index)
        index = before[index]
    return chain[::-1]
