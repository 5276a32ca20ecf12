"""What every package uses: errors, typed signals, tasks, the worker process, logging, files, times and text.

Nothing here knows about webhooks.
"""
