"""JSON.stringify(JSON.parse(body)), byte for byte: what the documented signature is made over."""

from __future__ import annotations

import json

from inspector.domain.json.value import JsonValue, NotJSON, parse
from inspector.domain.json.writer import Style, encoder, number_text, utf_8, walked, written

__all__ = ["NotJSON", "number_text", "restringify", "stringify"]

_JAVASCRIPT = Style(order="javascript")
_encoded = encoder(json.encoder.encode_basestring)


def restringify(body: bytes) -> bytes:
    """What JSON.stringify(JSON.parse(body)) gives; raises NotJSON where JSON.parse throws."""
    return stringify(parse(body))


def stringify(value: JsonValue) -> bytes:
    """JSON.stringify of a value that `parse` gave, at any depth."""
    # What has neither odd numbers nor index keys Python's own encoder prints as JavaScript does, and fast.
    if walked(value) == (True, False):
        try:
            return utf_8(_encoded(value))
        except RecursionError:
            pass
    return utf_8("".join(written(value, _JAVASCRIPT)))
