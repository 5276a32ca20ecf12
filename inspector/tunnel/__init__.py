"""Public URLs: the tunnel programs, their processes, and tests of whether senders reach the listener."""
