"""The rules of grouping: the state of a respondent, and the findings across its captures."""

from inspector.domain.respondent.respondent import fold as fold
