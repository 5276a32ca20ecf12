"""What a body means: completions, answers, questions, and how a body departs from the sender's documents."""
