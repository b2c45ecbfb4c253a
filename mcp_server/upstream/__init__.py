"""The one HTTP client towards the Kustomer API, and what goes over the wire."""
