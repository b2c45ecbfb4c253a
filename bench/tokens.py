"""How many tokens of OpenAI's o200k a text has: counted if its vocabulary is installed, else estimated and said so."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable

LETTERS_A_TOKEN = 4.3
"""Of the estimate: what the listed tools have on average, counted with the vocabulary."""


@functools.cache
def counter() -> tuple[Callable[[str], int], str]:
    """A function that counts, and how it does it in a few words."""
    try:
        encoding = importlib.import_module("bpe_openai").get_encoding("o200k_base")
    except ImportError:
        return (lambda text: round(len(text) / LETTERS_A_TOKEN)), f"estimated, {LETTERS_A_TOKEN} letters a token"
    return (lambda text: len(encoding.encode(text))), "o200k"
