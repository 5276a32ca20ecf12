"""The rules of grouping: the state of a respondent, and the findings across its captures."""
