"""What a sink is: anything with `send`."""

from typing import Protocol

from tieout.casebook.alerts.message import Message

__all__ = ["Sink"]


class Sink(Protocol):
    """Sends messages to people or programs.

    A message may come again, with the same key, when nobody could tell whether it arrived: a process died, or the receiver's
    answer was lost. A sink hands the key on, so that the receiver can leave out what it already has.
    """

    def send(self, message: Message) -> None:
        """Send a message.

        Args:
            message: What to send.

        Raises:
            DeliveryFailed: The receiver did not take it. Any other error counts the same; the log keeps its class only.
        """
