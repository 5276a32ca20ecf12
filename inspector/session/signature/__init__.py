"""The secrets of a session, and everything that depends on them: checks, causes, cures, receivers to copy."""
