"""What every room stands on: errors, typed signals, tasks, the worker process, logging, paths, clock.

Nothing in here knows what a webhook is.
"""
