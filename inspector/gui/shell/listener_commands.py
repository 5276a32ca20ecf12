"""The listener: start and stop it, copy its local address, send a sample."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from inspector.base.errors import PortTaken, TakenError
from inspector.base.quantity import counted
from inspector.gui.kit.context.signal_batcher import SignalBatcher
from inspector.gui.kit.context.window import Window
from inspector.gui.shell.many_samples import ManySamples


class ListenerCommands(QObject):
    """The commands of the listener. Each action is enabled while it is possible."""

    starting = Signal()
    """An attempt to listen begins."""
    listening_changed = Signal(object)
    """The address of the listener, or None if it is not listening; also after a failed attempt."""
    samples_changed = Signal(object)
    """The names of the saved samples."""
    not_listening = Signal(object)
    """Why listening could not start, as a sentence; None when it is tried again."""
    port_suggested = Signal(str, str)
    """Why listening could not start, and the text of the button for `listen_elsewhere`."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.widget)
        self._window = window
        self._session = window.session
        self._free_port: int | None = None
        """A free port, if the configured one is in use."""
        for name, command in (
            ("listen", self.listen),
            ("stop-listening", self.stop_listening),
            ("sample", self.send_sample),
            ("copy-local", self.copy_local),
        ):
            window.action(name).triggered.connect(command)
        self.many = ManySamples(window)
        self.listening_changed.connect(self._allow_listening)
        SignalBatcher(self._session.ingest.listening, self).passed.connect(self.listening_changed)

    def show_state(self) -> None:
        """Emit the current state."""
        self._show_listening()
        if self._session.ingest.url is None:  # the program starts to listen after the window is drawn
            self.starting.emit()

    @Slot(object)
    def _allow_listening(self, url: str | None) -> None:
        self._window.action("listen").setVisible(url is None)
        self._window.action("stop-listening").setVisible(url is not None)
        for name in ("copy-local", "sample"):
            self._window.action(name).setEnabled(url is not None)

    # ---- listening

    @Slot()
    def listen(self) -> None:
        """Start capturing."""
        self._start(None)

    @Slot()
    def listen_elsewhere(self) -> None:
        """Capture on the suggested port until the program ends."""
        self._start(self._free_port)

    def _start(self, port: int | None) -> None:
        self.not_listening.emit(None)
        self.starting.emit()
        self._window.runner.run(self._listen(port), "start listening", self._refuse_listening)

    def _refuse_listening(self, sentence: str) -> None:
        if self._free_port is None:
            self.not_listening.emit(sentence)
        else:
            self.port_suggested.emit(sentence, f"Listen on {self._free_port}")

    async def _listen(self, port: int | None) -> None:
        self._free_port = None
        try:
            await self._session.listen(port)
        except PortTaken as error:
            self._free_port = error.free_port
            raise
        except TakenError as error:
            raise TakenError(f"{error} This window shows the captures of that process.") from None
        finally:
            # A slot must not run inside a task (see signal_batcher.py).
            asyncio.get_running_loop().call_soon(self._show_listening)

    @Slot()
    def _show_listening(self) -> None:
        self.listening_changed.emit(self._session.ingest.url)

    @Slot()
    def stop_listening(self) -> None:
        """Stop capturing."""
        self._window.runner.run(self._session.stop_listening(), "stop listening")

    @Slot()
    def send_sample(self) -> None:
        """Send samples to this listener."""
        self._window.runner.run(self._send_sample(), "send sample")

    @Slot()
    def read_samples(self) -> None:
        """Emit the names of the saved samples, which another process may have changed."""
        self.samples_changed.emit(self._session.samples.names())

    @Slot(str)
    def send_saved_sample(self, name: str) -> None:
        """Send a saved sample to this listener; an empty name sends the built-in survey."""
        self._window.runner.run(self._send_sample(name or None), "send sample")

    @Slot(str)
    def remove_sample(self, name: str) -> None:
        """Remove a saved sample."""
        self._window.runner.run(self._session.samples.remove(name), "remove a sample")

    async def _send_sample(self, name: str | None = None) -> None:
        result = await self._session.samples.send(name=name)
        if result.failed:
            self._window.notify(f"Sent {result.sent} samples. {result.failed} failed: {result.error}")
        else:
            signed = f"signed with {result.secret}" if result.secret else "signed with a temporary secret"
            what = counted(result.sent, "sample") if name is None else f"the sample {name}"
            self._window.notify(f"Sent {what}, {signed}.")

    @Slot()
    def copy_local(self) -> None:
        """Copy the local address."""
        if text := self._session.ingest.url:
            QGuiApplication.clipboard().setText(text)
            self._window.notify(f"Copied {self._window.screen_mask.sentence(text)}")
