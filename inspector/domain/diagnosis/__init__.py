"""Why a signature is not valid: one hypothesis a function, in a registry."""

from inspector.domain.diagnosis.diagnose import diagnose
from inspector.domain.diagnosis.evidence import Evidence
from inspector.domain.diagnosis.unexplained import not_searched

__all__ = ["Evidence", "diagnose", "not_searched"]
