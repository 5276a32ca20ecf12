"""Summaries: the counts of a survey or a group, and the history of one respondent.

`chart_cards` imports pyqtgraph, which takes 38 MB, so it is imported when a survey's page is first shown.
"""
