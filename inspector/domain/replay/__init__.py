"""The options of a replay, a forward or a receiver test, and the meaning of an attempt; sends nothing."""
