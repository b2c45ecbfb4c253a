"""The code under test: reads a masked number in clear, and closes what it opened."""

from __future__ import annotations

import httpx

URL = "https://api.kustomerapp.com/v1/customers"


def phone_of(customer: str, key: str) -> str:
    """The first phone of a customer."""
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}) as http:
        window = f"{URL}/{customer}/unmasking-windows"
        http.post(window).raise_for_status()
        try:
            found = http.get(f"{URL}/{customer}").raise_for_status().json()["data"]
            phone: str = found["attributes"]["phones"][0]["phone"]
            return phone
        finally:
            http.delete(window).raise_for_status()
