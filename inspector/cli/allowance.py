"""Whether something may be sent to a host that is not a loopback address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.base.errors import UsageError

if TYPE_CHECKING:
    from inspector.session.replays import Plan


def check_host(plan: Plan, *, what: str) -> None:
    """Raise UsageError, which names the option, if the plan's host has to be allowed first."""
    if plan.asks_host is not None:
        raise not_allowed(plan.asks_host, what=what)


def not_allowed(host: str, *, what: str) -> UsageError:
    """Return the error for a host that has to be allowed first."""
    return UsageError(
        f"{host} is not a loopback address. Use --allow-host {host} if {what} may be sent there."
    )
