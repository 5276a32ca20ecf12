"""Why a signature is not valid: one function per hypothesis, in a registry."""

from inspector.domain.signature.diagnosis.context import Evidence
from inspector.domain.signature.diagnosis.diagnose import diagnose, not_searched

__all__ = ["Evidence", "diagnose", "not_searched"]
