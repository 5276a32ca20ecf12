"""Groups, respondents and totals, kept up to date with the captures and read for the tree and summaries.

The rules of grouping are in `domain/respondent`.
"""
