"""How tools are listed: the form of a schema for models, made from the one that is checked."""
