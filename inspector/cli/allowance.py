"""Whether something may be sent to a host beyond this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.base.errors import UsageError

if TYPE_CHECKING:
    from inspector.session.plan import Plan


def check_host(plan: Plan, *, what: str) -> None:
    """Raise UsageError, which names the option, where `what` would leave this machine unasked."""
    if plan.asks_host is not None:
        raise UsageError(
            f"{plan.asks_host} is not this machine: give --allow-host {plan.asks_host}"
            f" if {what} may be sent there."
        )
