"""Typed signals with weak references to their listeners, for parts that must not know each other."""

from __future__ import annotations

import inspect
import logging
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from inspector.base.log import log_failure

T = TypeVar("T")

log = logging.getLogger(__name__)


def _always(owner: object) -> bool:
    return True


is_alive: Callable[[object], bool] = _always
"""Whether the owner of a connected method can still be called. `inspector.gui` replaces it, because Qt may
have deleted an object that Python still has, such as a part of a closed window."""


class Signal(Generic[T]):
    """A signal that calls every connected listener with one value, in the order of connection.

    References to bound methods are weak, those to plain functions strong. If a listener raises, the error is
    logged and the next listener is called.
    """

    __slots__ = ("_listeners", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: list[Callable[[], Callable[[T], Any] | None]] = []

    def connect(self, listener: Callable[[T], Any]) -> None:
        """Call `listener(value)` at each later `emit`."""
        if inspect.ismethod(listener):
            self._listeners.append(weakref.WeakMethod(listener))
        else:
            self._listeners.append(lambda: listener)

    def disconnect(self, listener: Callable[[T], Any]) -> None:
        """Stop calling `listener`. Ignore one that is not connected."""
        self._listeners = [ref for ref in self._listeners if ref() not in (None, listener)]

    def emit(self, value: T) -> None:
        """Call the listeners that still exist, before returning."""
        for ref in tuple(self._listeners):
            listener = ref()
            if listener is None or not is_alive(getattr(listener, "__self__", None)):
                self._listeners = [one for one in self._listeners if one is not ref]
                continue
            try:
                listener(value)
            except Exception as error:
                log_failure(log, f"a listener of {self.name}", error)
