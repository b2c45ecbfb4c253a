"""Typed records over the store's bytes: encoding, index keys, masks, rendered forms, differences."""
