"""The errors a user is meant to read.

InspectorError            a sentence that says what happened and what to do; exit status 3
+-- UsageError            the command or a setting was wrong; exit status 2
+-- NotFound              what was named does not exist; exit status 1
+-- BusyError             the work was stopped or may be tried again later
+-- TakenError            another process does it already
+-- PortTaken             another program listens on the port

Anything else that is raised is a bug: it is logged with its traceback.
"""


class InspectorError(Exception):
    """Something a user can act on; `str(error)` is one sentence made for them."""

    exit_status = 3


class UsageError(InspectorError):
    """What was asked for makes no sense: a wrong option, setting, filter or host not yet allowed."""

    exit_status = 2


class NotFound(InspectorError):
    """The answer is no: there is no capture of that id."""

    exit_status = 1


class BusyError(InspectorError):
    """It cannot be done now (stopping, disk full, file locked) and may work later."""


class TakenError(InspectorError):
    """Another process captures into this file."""


class PortTaken(InspectorError):
    """Another program listens on the port."""

    def __init__(self, place: str, port: int, free_port: int | None) -> None:
        super().__init__(f"Port {port} on {place} is in use.")
        self.free_port = free_port
        """A port to listen on instead; None if none was found."""
