"""What is asked of a replay, a forward or a receiver test, and what an attempt says; sends nothing."""
