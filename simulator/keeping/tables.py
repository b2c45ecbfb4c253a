"""The tables of a store, as the one and the other database is told to make them."""

from __future__ import annotations

from typing import Final

SQLITE: Final = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE layers (number INTEGER PRIMARY KEY AUTOINCREMENT, below INTEGER REFERENCES layers (number)) STRICT;
    CREATE TABLE rows (
        layer INTEGER NOT NULL REFERENCES layers (number) ON DELETE CASCADE, kind TEXT NOT NULL, id TEXT NOT NULL,
        rev INTEGER NOT NULL, data BLOB, keys TEXT, PRIMARY KEY (layer, kind, id)
    ) STRICT;
    CREATE TABLE worlds (
        name TEXT PRIMARY KEY, layer INTEGER NOT NULL REFERENCES layers (number),
        spec TEXT NOT NULL, form TEXT NOT NULL
    ) STRICT;
    CREATE TABLE states (
        world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, id TEXT NOT NULL,
        layer INTEGER NOT NULL REFERENCES layers (number), form TEXT NOT NULL, PRIMARY KEY (world, id)
    ) STRICT;
    CREATE TABLE journal (
        world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, number INTEGER NOT NULL, line TEXT NOT NULL,
        PRIMARY KEY (world, number)
    ) STRICT;
    CREATE TABLE recordings (
        world TEXT NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, part TEXT NOT NULL, number INTEGER NOT NULL,
        line TEXT NOT NULL, PRIMARY KEY (world, part, number)
    ) STRICT;
    CREATE TABLE files (digest TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;
    CREATE TABLE changes (
        number INTEGER PRIMARY KEY, world TEXT NOT NULL, entry BLOB NOT NULL
    ) STRICT
    """,
)
"""The steps in which the tables came to be in SQLite."""

POSTGRESQL: Final = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE store (generation BIGINT NOT NULL);
    INSERT INTO store VALUES (0);
    CREATE SEQUENCE replica_numbers AS INTEGER CYCLE;
    CREATE TABLE replicas (number INTEGER PRIMARY KEY, held BIGINT[] NOT NULL);
    CREATE TABLE layers (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, below BIGINT REFERENCES layers (number)
    );
    CREATE INDEX ON layers (below);
    CREATE TABLE rows (
        layer BIGINT NOT NULL REFERENCES layers (number) ON DELETE CASCADE, kind TEXT COLLATE "C" NOT NULL,
        id TEXT COLLATE "C" NOT NULL, rev BIGINT NOT NULL, data BYTEA, keys TEXT, PRIMARY KEY (layer, kind, id)
    );
    CREATE TABLE worlds (
        name TEXT COLLATE "C" PRIMARY KEY, layer BIGINT NOT NULL REFERENCES layers (number),
        spec TEXT NOT NULL, form TEXT NOT NULL, made BIGINT GENERATED ALWAYS AS IDENTITY,
        generation BIGINT NOT NULL DEFAULT 0, era BIGINT NOT NULL DEFAULT 0,
        settled BIGINT NOT NULL DEFAULT 0
    );
    CREATE INDEX ON worlds (layer);
    CREATE TABLE states (
        world TEXT COLLATE "C" NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, id TEXT COLLATE "C" NOT NULL,
        layer BIGINT NOT NULL REFERENCES layers (number), form TEXT NOT NULL,
        made BIGINT GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (world, id)
    );
    CREATE INDEX ON states (layer);
    CREATE TABLE journal (
        world TEXT COLLATE "C" NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, number BIGINT NOT NULL,
        line TEXT NOT NULL, PRIMARY KEY (world, number)
    );
    CREATE TABLE recordings (
        world TEXT COLLATE "C" NOT NULL REFERENCES worlds (name) ON DELETE CASCADE, part TEXT COLLATE "C" NOT NULL,
        number BIGINT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (world, part, number)
    );
    CREATE TABLE files (digest TEXT COLLATE "C" PRIMARY KEY, content BYTEA NOT NULL);
    CREATE TABLE changes (
        serial BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, world TEXT COLLATE "C" NOT NULL,
        number BIGINT NOT NULL, replica INTEGER NOT NULL, entry BYTEA NOT NULL, UNIQUE (world, number)
    )
    """,
)
"""The same in PostgreSQL, where several processes have the worlds.

`generation` counts how often something was written that no line tells of; a world's own is the count as that was so,
and its `era` the one in which it was made or reset. The lines of a world are numbered from 1; those up to its `settled`
are in the tables.
"""
