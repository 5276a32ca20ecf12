"""The errors of a NATS server and of its client, as sentences for the user."""

from __future__ import annotations

import re
import socket
import ssl

import nats.errors
import nats.js.errors
import nkeys

from inspector.base.errors import BusyError, InspectorError, NotFound, UsageError
from inspector.base.next_step import next_step
from inspector.base.visible import shortened, visible

DENIED = re.compile(r"permissions violation for (publish|subscription) to \"([^\"]*)\"", re.IGNORECASE)
"""How a server says that a user may not use a subject."""
_REPORTED = re.compile(r"nats: '?(.*?)'?", re.DOTALL)
_INFO = "$js.api.stream.info."

# Codes of nats-server's errors.json
NO_STREAM = 10_059
_STREAM_FULL = 10_077
_NO_JETSTREAM = (10_039, 10_076)
_NO_SPACE = (10_023, 10_047)


class HopelessError(InspectorError):
    """Raised if connecting again cannot succeed: refused credentials, an untrusted certificate, no TLS."""


def worded(error: Exception, place: str = "the shared inbox") -> InspectorError:
    """Return an error of nats-py as sentences for the user. `place` is the address, if it is known."""
    if isinstance(error, InspectorError):
        return error
    if isinstance(error, nats.js.errors.APIError):
        return _from_api(error, place)
    if isinstance(error, ssl.SSLCertVerificationError):
        step = next_step(
            terminal="Use --inbox-ca FILE with the authority that issued it.",
            window="Select the file of the authority that issued it.",
        )
        return HopelessError(
            f"The certificate of {place} is not trusted: {_shown(error.verify_message)}. {step}"
        )
    if isinstance(error, ssl.SSLError):
        why = _shown(error.reason or str(error)).replace("_", " ").lower()
        return HopelessError(f"{_start(place)} does not agree on TLS: {why}. Check the TLS of the server.")
    if isinstance(error, nats.errors.SecureConnWantedError):
        return HopelessError(
            f"The server at {place} does not offer TLS. Enable it on the server, or use nats:// in a trusted"
            " network."
        )
    if isinstance(error, nkeys.NkeysError):
        return UsageError("The seed in the credentials is not valid. Use the file as it was created.")
    if isinstance(error, nats.errors.NoRespondersError | nats.js.errors.NoStreamResponseError):
        return BusyError(
            f"No stream at {place} accepts captures now. Check it with `webhook-inspector inbox doctor`."
        )
    if isinstance(error, socket.gaierror):
        return BusyError(f"The host of {place} is unknown. Check the address and the network.")
    if isinstance(error, ConnectionRefusedError | nats.errors.NoServersError):
        return BusyError(f"No server responds at {place}. Start it, or check the address.")
    if isinstance(error, TimeoutError):
        return BusyError(f"{_start(place)} did not respond in time. Check the server and the network.")
    if isinstance(error, TypeError | AttributeError | LookupError):
        return BusyError(f"The response of {place} cannot be read. Check whether it is a NATS server.")
    if isinstance(error, nats.errors.ConnectionClosedError | ConnectionError | nats.errors.UnexpectedEOF):
        return BusyError(f"The connection to {place} was lost. Check whether the address is a NATS server.")
    if (denied := DENIED.search(str(error))) is not None:
        return InspectorError(denied_sentence(denied))
    said = _REPORTED.fullmatch(str(error))
    return BusyError(f"{_start(place)} reported: {_shown(said[1] if said else str(error))}.")


def _from_api(error: nats.js.errors.APIError, place: str) -> InspectorError:
    if error.err_code == NO_STREAM:
        return NotFound(f"There is no stream at {place}. Create it with `webhook-inspector inbox init`.")
    if error.err_code in _NO_JETSTREAM:
        return HopelessError(
            f"JetStream is not enabled for this account at {place}. Enable it on the server."
        )
    if error.err_code == _STREAM_FULL and "maximum" in (error.description or ""):
        return BusyError(
            f"The stream at {place} is full, so senders get 503. Raise its limits with `nats stream edit`,"
            " or remove old messages."
        )
    if error.err_code == _STREAM_FULL or error.err_code in _NO_SPACE:
        return BusyError(f"The server at {place} has no space for captures. Free some on its disk.")
    return BusyError(f"JetStream at {place} reported: {_shown(error.description or 'an error')}.")


def denied_sentence(match: re.Match[str], subject: str = "", prefix: str = "_INBOX") -> str:
    """Return why a user may not use a subject, from what `DENIED` found.

    `subject` is that of the captures, `prefix` that of responses: nats-py passes on lower case.
    """
    denied, first = match[2], ""
    if denied == subject.lower():
        denied, first = subject, "use those of an edge, or "
    elif denied.startswith(f"{prefix.lower()}."):  # a random part comes after it
        denied, first = f"{prefix}.>", "use those of a member, check the name of the stream, or "
    elif denied.startswith(_INFO):
        first = "check the name of the stream, or "
    verb = "publish" if match[1].lower() == "publish" else "subscribe"
    step = f"{first}allow it for this user on the server."
    return f"These credentials may not {verb} to “{_shown(denied)}”. {step[0].upper()}{step[1:]}"


def _shown(text: str) -> str:
    return visible(shortened(text.strip().rstrip("."), 200))


def _start(place: str) -> str:
    return place[:1].upper() + place[1:] if place.startswith("the ") else place
