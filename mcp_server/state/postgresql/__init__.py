"""A state that several processes share, in PostgreSQL. Needs psycopg, and so is imported only if asked for."""
