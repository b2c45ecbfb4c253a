"""Worlds that several processes keep together, in PostgreSQL. Needs psycopg, and so is imported only if asked for."""
