"""Summary pages: what a survey or a group adds up to, and one respondent's story.

Charts stand in `charts`, which alone imports pyqtgraph and is loaded when a survey's page is first shown.
"""
