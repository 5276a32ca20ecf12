"""One capture: its request, rows and headers, and its comparison, report, export and retention.

The meaning of its body is in `event/`, the check of its signature in `signature/`.
"""
