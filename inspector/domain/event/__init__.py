"""The meaning of a body: completions, answers, questions, and differences from the sender's documents.

Meanings across several captures of one respondent are in `respondent/`.
"""
