"""Summaries: the counts of a survey or group, and the history of one respondent.

`chart_cards` imports pyqtgraph, which takes 38 MB, so it is imported only when a survey page is first shown.
"""
