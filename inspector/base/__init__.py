"""Shared parts for every package: errors, typed signals, tasks, the worker process, logging, files, times,
text.

They know nothing about webhooks.
"""
