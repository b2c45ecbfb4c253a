"""Small documents the loader accepts: shared parts, a resource written in full and one that says only what differs."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.contracts.documents import parse_document

COMMON = """
openapi: 3.1.0
info: {title: Shared parts, version: "1"}
x-limits:
  source: {confidence: assumed}
  plans: {business: 10, enterprise: 20, professional: 30, ultimate: 40}
  window_seconds: 60
  searches: 5
  users: 6
  body_bytes: 1000
  budgets:
    made: {limit: 3, per: customer, exempt: importedAt, source: {confidence: assumed}}
x-types: {org: '/v1/orgs/{id}', user: '/v1/users/{id}'}
x-relationships: {modifiedBy: {type: user}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {$ref: '#/components/schemas/ObjectId'}}
    Page: {name: page, in: query, schema: {type: integer, minimum: 1, maximum: 9, default: 1}}
    PageSize: {name: pageSize, in: query, schema: {type: integer}}
  responses:
    Refusal: {description: Refused., content: {application/json: {schema: {type: object}}}}
    Done: {description: Done.}
  schemas:
    ObjectId: {type: string, pattern: '^[0-9a-f]{24}$'}
    Masked: {type: string}
    Relationships: object
    SelfLink: {properties: {self: string}, required: [self]}
    PageMeta: object
    PageLinks: object
"""
THINGS = """
openapi: 3.1.0
info: {title: Things, version: "1"}
x-resource:
  type: thing
  path: /v1/things/{id}
  source: {confidence: vendor-docs, pages: [docs/concepts/errors]}
  attributes: ThingAttributes
  stored: {secret: {type: string}}
  hidden: [rev]
  defaults: {deleted: false, colours: []}
  indexes:
    name: {path: attributes.name, unique: true, fold: true}
    colour: {path: attributes.colours.*}
    deleted: {path: attributes.deleted}
    owner: {path: relationships.owner.id}
  relationships:
    org: {type: org, path: '/v1/orgs/{id}'}
    owner: {type: customer, path: '/v1/customers/{id}'}
    parts: {type: thing, path: '/v1/things/{id}/parts', links_only: true}
  sensitive:
    source: {confidence: assumed}
    owner: relationships.owner.id
    attributes: {name: [name]}
    inherits: {note: [name]}
    repeats: {note: [name]}
x-search:
  source: {confidence: assumed}
  attributes:
    thing_name: {operator: string, path: attributes.name, index: name, sortable: true}
    thing_kind: {operator: list, enum: [big, small], values: {big: 1, small: 2}, path: attributes.size}
    thing_made_at: {operator: datetime, format: date-time, path: attributes.createdAt}
paths:
  /v1/things:
    get:
      operationId: GetThings
      summary: List things.
      tags: [Things]
      x-source: {confidence: assumed}
      x-roles: [org.permission.thing.read]
      x-default: list
      x-page: {default: 10, maximum: 20}
      parameters:
        - {$ref: common.yaml#/components/parameters/Page}
        - {$ref: common.yaml#/components/parameters/PageSize}
        - {name: colour, in: query, schema: {type: string, enum: [red, blue], maxLength: 9}}
      x-tools:
        - name: list_all_kustomer_things
          title: List things
          kind: read
          tags: [things]
          description: List things.
          source: {confidence: seed}
          arguments: {thing_colour: {name: colour}}
          hints: {read_only: true}
        - name: kustomer_things_paint
          title: Paint things
          kind: custom
          method: paint
          resource: things
          tags: [things]
          description: Paint things.
          source: assumed
      responses: &found
        "200":
          description: Things.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Thing'}
        default: {$ref: common.yaml#/components/responses/Refusal}
    post:
      operationId: CreateThing
      summary: Make a thing.
      tags: [Things]
      x-source: {confidence: assumed}
      x-roles: []
      x-default: create
      x-budgets: {made: [body.owner]}
      x-fixed: {kind: small}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/ThingCreate'}}}
      x-example: {name: table, owner: '@customer:Ann'}
      x-tools:
        - name: create_a_kustomer_thing
          title: Make a thing
          kind: write
          tags: [things]
          description: Make a thing.
          source: assumed
          fixed: {kind: small}
          hide: [importedAt]
          seldom: [owner]
      responses: *found
  /v1/things/{id}:
    parameters: [{$ref: common.yaml#/components/parameters/Id}]
    get:
      operationId: GetThing
      summary: Get a thing.
      tags: [Things]
      x-source: {confidence: assumed}
      x-roles: ['org.permission.thing.thing_{id}.read']
      x-default: get
      responses: *found
    delete:
      operationId: DeleteThing
      summary: Delete a thing.
      tags: [Things]
      x-source: {confidence: assumed}
      x-roles: [org.permission.thing.delete]
      x-rule: things.delete
      responses:
        "204": {$ref: common.yaml#/components/responses/Done}
        default: {$ref: common.yaml#/components/responses/Refusal}
  /v1/things/name={name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get:
      operationId: GetThingByName
      summary: Find a thing.
      tags: [Things]
      x-source: {confidence: assumed}
      x-roles: [org.permission.thing.read]
      x-default: {do: lookup, index: name, at: path.name}
      responses: *found
  /v1/customers/{id}/things:
    parameters: [{$ref: common.yaml#/components/parameters/Id}]
    get:
      operationId: GetThingsOfCustomer
      summary: List a customer's things.
      tags: [Things]
      x-source: {confidence: assumed}
      x-roles: [org.permission.thing.read]
      x-default: {do: list, index: owner, at: path.id, to: customer}
      responses: *found
  /v1/things/{id}/parts:
    parameters: [{$ref: common.yaml#/components/parameters/Id}]
    get:
      operationId: GetParts
      summary: List the parts of a thing.
      tags: [Things]
      x-source: {confidence: assumed}
      x-roles: [org.permission.thing.read]
      x-alias-of: GetThings
      x-default: list
      responses: *found
components:
  schemas:
    ThingCreate:
      type: object
      properties:
        name: {type: string, minLength: 1, maxLength: 9}
        kind: {type: string, enum: [big, small], default: big}
        owner: {$ref: common.yaml#/components/schemas/ObjectId, description: Whose it is., x-ref: customer}
        importedAt: {type: string, format: date-time}
      required: [name]
      additionalProperties: false
    Thing:
      type: object
      properties:
        type: {const: thing}
        attributes: {$ref: '#/components/schemas/ThingAttributes'}
      required: [type, attributes]
      additionalProperties: false
    ThingAttributes:
      type: object
      properties:
        name: {type: string}
        note: {anyOf: [{type: string}, {type: 'null'}]}
        size: {type: integer}
        deleted: {type: boolean}
        colours: {type: array, items: {type: string}}
        createdAt: {type: string}
      required: [name, createdAt]
      additionalProperties: false
"""
CUSTOMERS = """
info: {title: Customers, version: "1"}
x-tool-defaults: {tags: [customers], source: assumed}
x-resource:
  type: customer
  path: /v1/customers/{id}
  schema: Customer
  forms: {update: CustomerChanges}
  source: {confidence: assumed}
  stored: {seen: string}
  relationships: [org, modifiedBy]
  fields:
    name: {type: string, maxLength: 7, create: required, update: {maxLength: 9}}
    vip: boolean
    helper: {$ref: ObjectId, create: true}
    level: {type: integer, update: true}
paths:
  /v1/customers:
    get:
      operationId: GetCustomers
      summary: List customers.
      x-source: assumed
      x-roles: [org.permission.customer.read]
      x-default: list
      parameters: [Search]
      responses: page
      x-tools:
        - {name: list_all_kustomer_customers, title: List customers, description: List customers.}
    post:
      operationId: CreateCustomer
      summary: Make a customer.
      x-source: assumed
      x-roles: [org.permission.customer.create]
      x-default: create
      requestBody: CustomerCreate
      x-example: {name: Ann}
  /v1/customers/{id}:
    put:
      operationId: UpdateCustomer
      summary: Change a customer.
      x-source: assumed
      x-roles: [org.permission.customer.update]
      x-default: update
      requestBody: {schema: CustomerPart, required: false}
      x-example: {name: Ann}
components:
  parameters:
    Search: {name: search, in: query, schema: string}
  schemas:
    CustomerPart: {description: What a change may name., allOf: [CustomerChanges], x-without: [level],
      properties: {vip: boolean}}
"""
TEXTS: Mapping[str, str] = {"common.yaml": COMMON, "customers.yaml": CUSTOMERS, "things.yaml": THINGS}


def read(texts: Mapping[str, str]) -> Contracts:
    """Documents by name, by the same two steps as the shipped ones."""
    return load({name: parse_document(name, text) for name, text in texts.items()})


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """The planted texts with one place of one document written otherwise, where it stands first."""
    assert old in TEXTS[name], f"{name} does not say {old!r}"
    return {**TEXTS, name: TEXTS[name].replace(old, new, 1)}
