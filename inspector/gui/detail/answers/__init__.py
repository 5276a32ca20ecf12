"""The Answers tab: each question with its answer, drawn by its type. The domain parses the body."""
