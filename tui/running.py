"""The running application, by its own type."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from tui.app import TaskdeckApp


def app_of(node: MessagePump) -> TaskdeckApp:
    """The application `node` runs in."""
    return cast("TaskdeckApp", node.app)  # pyright: ignore[reportUnknownMemberType]
