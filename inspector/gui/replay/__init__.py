"""Replaying: the plan, its progress, its responses, one edited request, and targets."""
