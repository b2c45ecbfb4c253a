"""The upstream's answers as tool results: what is shown of them, how much of it, and the limits told with them."""
