"""What the respondents of a survey said, added up and placed in time."""
