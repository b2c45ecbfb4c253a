"""What the Kustomer API promises: the documents, and the values made from them."""

from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.contracts.model import ContractError, Contracts, Operation, Resource, Tool
from kustomer_sandbox.contracts.openapi import openapi
from kustomer_sandbox.contracts.schemas import bundle

__all__ = ["ContractError", "Contracts", "Operation", "Resource", "Tool", "bundle", "load", "openapi"]
