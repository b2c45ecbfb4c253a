"""From what is written in the documents to plain OpenAPI 3.1: defaults are added and names are spelled out."""
