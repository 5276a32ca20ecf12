"""Why a signature is not valid: one hypothesis a function, in a registry."""

from inspector.domain.diagnosis.diagnose import diagnose
from inspector.domain.diagnosis.evidence import Evidence

__all__ = ["Evidence", "diagnose"]
