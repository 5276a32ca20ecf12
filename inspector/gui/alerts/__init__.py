"""Desktop alerts. The session decides when to raise one."""
