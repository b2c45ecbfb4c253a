"""Worlds that outlive their process: written down change by change, and taken up again."""
