"""The command `drift`: where a vendor's OpenAPI file and the contracts differ."""
