"""What a body means: completions, answers, questions, and how a body differs from the sender's documents.

What several captures of one respondent mean together is in `respondent/`.
"""
