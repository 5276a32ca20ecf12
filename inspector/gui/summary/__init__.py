"""Summary pages: what a survey or a group adds up to, and one respondent's story.

The charts are drawn by pyqtgraph; `cards`, which holds them, is loaded when a survey's page is first shown.
"""
