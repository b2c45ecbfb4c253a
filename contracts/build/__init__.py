"""Makes the model of the contracts from plain documents: operations, resources, tools."""
