"""What the Kustomer API promises: the documents, and the values made from them."""

from contracts.load import load
from contracts.model import ContractError, Contracts, Operation, Resource, Tool
from contracts.openapi import openapi
from contracts.schemas import bundle

__all__ = ["ContractError", "Contracts", "Operation", "Resource", "Tool", "bundle", "load", "openapi"]
