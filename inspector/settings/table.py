"""Every setting with its name, default, range and help. To add one, add an entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from inspector.base.errors import UsageError
from inspector.domain.mask.mask import MaskedField
from inspector.domain.query.alert import AlertRule

MIB = 1024 * 1024
GIB = 1024 * MIB

Value = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. The type of its values is that of its default."""

    name: str
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    check: Callable[[str], object] | None = None
    """Raises UsageError for an invalid entry of a list."""
    example: str = ""
    """An example entry for a list that is empty by default."""
    part: str = "Listening"
    """The caption above the setting."""
    is_live: bool = False
    """Whether a change takes effect at once; otherwise, at the next start."""

    def read(self, given: object, where: str = "") -> Value:
        """Return `given`, from a command line or a JSON file, as a value of this setting.

        Raises UsageError with the place `where`.
        """
        name = f"The setting {self.name}{where}"
        if isinstance(self.default, bool):
            return self._switch(given, name)
        if isinstance(self.default, tuple):
            return self._entries(given, name)
        if isinstance(self.default, str):
            if isinstance(given, str) and given and given.isprintable():
                return given
            raise UsageError(f"{name} takes text, such as {self.default}.")
        number: Value
        try:
            if isinstance(given, bool) or not isinstance(given, (int, float, str)):
                raise ValueError
            number = int(str(given)) if isinstance(self.default, int) else float(given)
        except ValueError:
            kind = "a whole number" if isinstance(self.default, int) else "a number"
            raise UsageError(f"{name} takes {kind}, such as {self.default}.") from None
        low, high = self.low or 0, self.high if self.high is not None else float("inf")
        if not low <= number <= high:  # also refuses NaN
            span = f"from {plain_number(low)} to {plain_number(high)}"
            raise UsageError(f"{name} takes a number {span}, not {plain_number(number)}.")
        return number

    def _switch(self, given: object, name: str) -> bool:
        found = {"true": True, "false": False}.get(str(given).lower())
        if found is None or not isinstance(given, (bool, str)):
            raise UsageError(f"{name} takes true or false.")
        return found

    def _entries(self, given: object, name: str) -> tuple[str, ...]:
        """Read a JSON list of texts. On a command line, a single text is accepted, too."""
        such_as = f'{name} takes a list of texts, such as ["{self.example}"]'
        if isinstance(given, str):
            try:
                given = json.loads(given) if given.lstrip().startswith("[") else [given] if given else []
            except ValueError:
                raise UsageError(f"{such_as}.") from None
        if not isinstance(given, (list, tuple)):
            raise UsageError(f"{such_as}.")
        for entry in given:
            if not (isinstance(entry, str) and entry and entry.isprintable()):
                raise UsageError(f"{such_as}.")
            if self.check is not None:
                try:
                    self.check(entry)
                except UsageError as error:
                    raise UsageError(f"{name}: {error}") from None
        return tuple(given)


def written(value: Value) -> str:
    """Return a value as text that `Setting.read` accepts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def plain_number(number: float) -> str:
    """Return a number as `1,099,511,627,776`, `65535` (ports have no comma) or `0.1`, never `1e+12`."""
    if isinstance(number, float) and not (number.is_integer() and abs(number) < 2**53):
        return f"{number:g}"
    return f"{int(number):,}" if abs(number) >= 100_000 else str(int(number))


SETTINGS: tuple[Setting, ...] = (
    Setting(name="host", default="127.0.0.1", help="Address that the listener binds to."),
    Setting(
        name="port",
        default=8787,
        low=0,
        high=65535,
        help="Port that the listener binds to. 0: any free port.",
    ),
    Setting(
        name="connections",
        default=256,
        low=1,
        high=10_000,
        help="Maximum open connections. Above it, idle connections are closed.",
    ),
    Setting(
        name="head_bytes",
        default=64 * 1024,
        low=1024,
        high=MIB,
        help="Maximum size of a request head in bytes. Larger heads get 431.",
    ),
    Setting(
        name="head_fields",
        default=100,
        low=10,
        high=10_000,
        help="Maximum header fields per request. More get 431.",
    ),
    Setting(
        name="head_seconds",
        default=10.0,
        low=0.1,
        high=600,
        help="Maximum seconds to receive a request head. Slower requests get 408.",
    ),
    Setting(
        name="body_bytes",
        default=50 * MIB,
        low=1,
        high=GIB,
        help="Maximum body size in bytes. Larger requests get 413.",
    ),
    Setting(
        name="idle_seconds",
        default=10.0,
        low=0.1,
        high=600,
        help="Maximum seconds without data in a body. The capture is then cut.",
    ),
    Setting(
        name="whole_seconds",
        default=120.0,
        low=0.1,
        high=3600,
        help="Maximum seconds to receive a body. The capture is then cut.",
    ),
    Setting(
        name="in_flight_bytes",
        default=256 * MIB,
        low=1,
        high=16 * GIB,
        help="Maximum bytes of request bodies in memory. Above it, senders get 503.",
    ),
    Setting(
        name="keep_alive_seconds",
        default=15.0,
        low=0,
        high=600,
        help="Seconds until an idle connection is closed. 0: at once.",
    ),
    Setting(
        name="refused_per_second",
        default=10,
        high=1000,
        help="Maximum refused requests stored per second. Others are only counted. 0: none.",
    ),
    Setting(
        name="disk_reserve_bytes",
        part="Storage",
        default=GIB,
        high=1024 * GIB,
        help="Free disk space to reserve, in bytes, at most a tenth of the disk. Below it, "
        "senders get 503. 0: no reserve.",
    ),
    Setting(
        name="untrusted_bytes",
        part="Storage",
        default=2 * GIB,
        high=1024 * GIB,
        help="Maximum bytes of untrusted captures. Above it, their senders get 503. 0: none stored.",
    ),
    Setting(
        name="keep_count",
        part="Retention",
        default=0,
        high=1_000_000_000,
        help="Maximum number of captures. The oldest are removed, except pinned ones. 0: no limit.",
        is_live=True,
    ),
    Setting(
        name="keep_days",
        part="Retention",
        default=0.0,
        high=36_500,
        help="Maximum age of captures in days. Older ones are removed, except pinned ones. 0: no limit.",
        is_live=True,
    ),
    Setting(
        name="keep_bytes",
        part="Retention",
        default=0,
        high=1024 * GIB,
        help="Maximum bytes of stored bodies. The oldest captures are removed, except "
        "pinned ones. 0: no limit.",
        is_live=True,
    ),
    Setting(
        name="connect_seconds",
        part="Replaying",
        default=10.0,
        low=0.1,
        high=600,
        help="Maximum seconds to connect to a target.",
    ),
    Setting(
        name="answer_seconds",
        part="Replaying",
        default=30.0,
        low=0.1,
        high=3600,
        help="Maximum seconds for a target to respond.",
    ),
    Setting(
        name="answer_bytes",
        part="Replaying",
        default=MIB,
        low=0,
        high=GIB,
        help="Maximum stored bytes of a response body. 0: none.",
    ),
    Setting(
        name="forward_at_once",
        part="Forwarding",
        default=4,
        low=1,
        high=256,
        help="Concurrent deliveries per forward.",
    ),
    Setting(
        name="forward_queue",
        part="Forwarding",
        default=10_000,
        low=1,
        high=1_000_000,
        help="Maximum queued captures per forward. Others are queued later.",
    ),
    Setting(
        name="forward_tries",
        part="Forwarding",
        default=8,
        low=1,
        high=100,
        help="Maximum delivery attempts per forwarded capture.",
    ),
    Setting(
        name="forward_first_seconds",
        part="Forwarding",
        default=1.0,
        low=0.01,
        high=600,
        help="Seconds before the first retry. The delay doubles each time, half of it random.",
    ),
    Setting(
        name="forward_longest_seconds",
        part="Forwarding",
        default=60.0,
        low=0.01,
        high=3600,
        help="Maximum seconds between retries, unless the target asks for more.",
    ),
    Setting(
        name="relay_seconds",
        part="Forwarding",
        default=10.0,
        low=0.1,
        high=120,
        help="Maximum seconds that a sender waits for the target’s response, if responses are relayed.",
    ),
    Setting(
        name="alert_rules",
        part="Alerts",
        default=(),
        check=AlertRule.parse,
        example="on verdict:invalid",
        help="Desktop alerts: “on” and a filter, or “after 15m of silence”. Put “beep” "
        "first to hear a sound.",
        is_live=True,
    ),
    Setting(
        name="alert_first_invalid",
        part="Alerts",
        default=True,
        help="Alert on the first invalid signature after valid ones, at most once per minute.",
        is_live=True,
    ),
    Setting(
        name="masked_fields",
        part="Privacy",
        default=(),
        check=MaskedField.parse,
        example="$.responses[*].response",
        help="Body fields that Mask and exported tables hide, by name or JSON path. app_key "
        "is always hidden.",
        is_live=True,
    ),
)
