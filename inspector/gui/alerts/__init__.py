"""Alerts on the desktop. The session decides when to raise one."""
