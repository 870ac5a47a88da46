"""Our four themes, and the colours of statuses and heat that every theme (Textual's own too) must have."""

from __future__ import annotations

from textual.theme import Theme

DEFAULT_THEME = "taskdeck-dark"

_STATUSES = ("done", "progress", "pending", "review", "blocked", "deferred", "cancelled")


def _variables(
    *,
    ground: str,
    text: str,
    muted: str,
    quiet: str,
    focus: str,
    cursor: str,
    marked: str,
    statuses: str,
    heat: str,
    heat_text: str,
    shade: str,
) -> dict[str, str]:
    """The variables of one theme; `statuses`, `heat` and `heat_text` are colours split by spaces.

    `heat` are grounds for text of `heat_text`; `shade` are the same steps as colours of signs on `ground`.
    """
    variables = {
        "muted": muted,
        "border-quiet": quiet,
        "border-focus": focus,
        "cursor-row": cursor,
        "marked-row": marked,
        "block-cursor-foreground": text,
        "block-cursor-background": cursor,
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": text,
        "block-cursor-blurred-background": quiet,
        "scrollbar": quiet,
        "scrollbar-hover": muted,
        "scrollbar-active": focus,
        "scrollbar-background": ground,
        "scrollbar-background-hover": ground,
        "scrollbar-background-active": ground,
        "scrollbar-corner-color": ground,
    }
    variables |= {f"status-{name}": colour for name, colour in zip(_STATUSES, statuses.split(), strict=True)}
    variables |= {f"heat-{level}": colour for level, colour in enumerate(heat.split())}
    variables |= {f"heat-text-{level}": colour for level, colour in enumerate(heat_text.split())}
    variables |= {f"shade-{level}": colour for level, colour in enumerate(shade.split())}
    return variables


_DARK_VARIABLES = _variables(
    ground="#10151b",
    text="#d5dde6",
    muted="#8a97a8",
    quiet="#2e3946",
    focus="#6cb6ff",
    cursor="#23405c",
    marked="#3a3420",
    statuses="#6cc38a #6cb6ff #a3b0bf #c99bf0 #f47f80 #8a97a8 #748192",
    heat="#212a35 #1f3d4d #1f5257 #2c6a58 #577a3c #8f8429 #bf8526 #d66f31 #e2564e",
    heat_text="#9aa7b7 #dbe6ee #e3f0f0 #eef7f1 #f7faee #14130a #14100a #140c07 #160807",
    shade="#8a97a8 #5b9bb5 #4fb0a8 #5cc08f #9cc25a #d8c63a #e8a83a #f08a4a #f47f6f",
)
_LIGHT_VARIABLES = _variables(
    ground="#fbfcfd",
    text="#1d252e",
    muted="#5b6675",
    quiet="#c9d1da",
    focus="#0b62b8",
    cursor="#cfe3f7",
    marked="#f6e9c4",
    statuses="#1b7a3e #0b62b8 #4d5a69 #7a3fb0 #b3262c #5b6675 #6b7684",
    heat="#e6ebf0 #d5e8ee #bfe3dd #b9dfb5 #d9dd8c #f2d06b #f4b155 #ee8a4d #dd5a49",
    heat_text="#5b6675 #16323f #0f3b35 #16391a #333608 #3d2d00 #3e2600 #381600 #210403",
    shade="#5b6675 #2f7590 #1f7d74 #2a7d38 #66700e #806200 #9c5800 #b04610 #b3262c",
)
_CONTRAST_DARK_VARIABLES = _variables(
    ground="#000000",
    text="#ffffff",
    muted="#c8c8c8",
    quiet="#8a8a8a",
    focus="#ffff00",
    cursor="#00408a",
    marked="#4a3a00",
    statuses="#5dff8f #66c2ff #ffffff #e6a8ff #ff9a9a #c8c8c8 #b8b8b8",
    heat="#000000 #10303a #124048 #14523f #33590f #d8d000 #ffb000 #ff8c1a #ff6a5e",
    heat_text="#ffffff #ffffff #ffffff #ffffff #ffffff #000000 #000000 #000000 #000000",
    shade="#c8c8c8 #66c2ff #5de0e0 #5dff8f #b0ff5d #ffff00 #ffc040 #ff9a5a #ff9a9a",
)
_CONTRAST_LIGHT_VARIABLES = _variables(
    ground="#ffffff",
    text="#000000",
    muted="#3a3a3a",
    quiet="#6b6b6b",
    focus="#0000c8",
    cursor="#bcd9ff",
    marked="#ffe9a0",
    statuses="#005a1e #003f99 #1a1a1a #5a0096 #990000 #3a3a3a #4a4a4a",
    heat="#ffffff #dcf0f8 #c4ece4 #c4ecc0 #e4e890 #ffd860 #ffb84a #8c2e00 #8a0010",
    heat_text="#1a1a1a #000000 #000000 #000000 #000000 #000000 #000000 #ffffff #ffffff",
    shade="#3a3a3a #003f99 #00505a #005a1e #404a00 #5a4400 #663600 #7c2800 #8a0010",
)

THEMES: tuple[Theme, ...] = (
    Theme(
        name="taskdeck-dark",
        primary="#6cb6ff",
        secondary="#8a97a8",
        accent="#e3b866",
        success="#6cc38a",
        warning="#e3b866",
        error="#f47f80",
        foreground="#d5dde6",
        background="#10151b",
        surface="#151c24",
        panel="#1b242e",
        dark=True,
        variables=_DARK_VARIABLES,
    ),
    Theme(
        name="taskdeck-light",
        primary="#0b62b8",
        secondary="#5b6675",
        accent="#8a5a00",
        success="#1b7a3e",
        warning="#8a5a00",
        error="#b3262c",
        foreground="#1d252e",
        background="#fbfcfd",
        surface="#f3f6f8",
        panel="#e9eef2",
        dark=False,
        variables=_LIGHT_VARIABLES,
    ),
    Theme(
        name="taskdeck-contrast-dark",
        primary="#66c2ff",
        secondary="#ffffff",
        accent="#ffff00",
        success="#5dff8f",
        warning="#ffd000",
        error="#ff9a9a",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#141414",
        dark=True,
        text_alpha=1.0,
        variables=_CONTRAST_DARK_VARIABLES,
    ),
    Theme(
        name="taskdeck-contrast-light",
        primary="#003f99",
        secondary="#000000",
        accent="#5a3a00",
        success="#005a1e",
        warning="#5a3a00",
        error="#990000",
        foreground="#000000",
        background="#ffffff",
        surface="#ffffff",
        panel="#f0f0f0",
        dark=False,
        text_alpha=1.0,
        variables=_CONTRAST_LIGHT_VARIABLES,
    ),
)


def variable_defaults(*, dark: bool) -> dict[str, str]:
    """What a theme that is not ours gets for the variables only we use.

    The general ones are left to that theme: only names of ours are answered.
    """
    ours = _DARK_VARIABLES if dark else _LIGHT_VARIABLES
    prefixes = (
        "status-",
        "heat-",
        "shade-",
        "muted",
        "border-quiet",
        "border-focus",
        "cursor-row",
        "marked-row",
    )
    return {name: value for name, value in ours.items() if name.startswith(prefixes)}
