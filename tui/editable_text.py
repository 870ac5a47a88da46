"""Control characters in text that is edited: shown as pictures, and put back where they were meant."""

from __future__ import annotations

_KEPT = "\n\t"
_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in _KEPT},
    0x7F: "␡",
    **{code: chr(0xE000 + code) for code in range(0x80, 0xA0)},
}
"""C0 controls have pictures of their own; C1 controls go to the private area, as a box."""


_ONE_LINE = {**_PICTURES, 0x0A: "␊", 0x09: "␉"}
"""In a field of one line a line break and a tab are pictures too."""


def visible(text: str, *, one_line: bool = False) -> str:
    """`text` as an editor may hold it: no character a terminal would act on."""
    return text.translate(_ONE_LINE if one_line else _PICTURES) if not text.isprintable() else text


def restore(shown: str, original: str, *, one_line: bool = False) -> str:
    """What an edited `shown` means, where `original` is the text it began as.

    Only pictures of characters that `original` held are turned back, and none whose picture it held as well.
    """
    back = {
        ord(picture): code
        for code, picture in (_ONE_LINE if one_line else _PICTURES).items()
        if chr(code) in original and picture not in original
    }
    return shown.translate(back) if back else shown
