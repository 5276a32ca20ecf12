"""Groups, respondents and totals, kept in step with the captures."""
