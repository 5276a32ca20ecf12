"""The rules of grouping: what the captures of one respondent add up to, and what is found between them."""
