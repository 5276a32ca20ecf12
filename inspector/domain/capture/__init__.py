"""One capture: its request, its rows, its headers, and how it is compared, reported, exported and retained.

What its body means is in `event/`, what its signature proves in `signature/`.
"""
