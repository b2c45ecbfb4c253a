"""Typical mistakes in a plain resource's document: each is refused in one line that says where and what was meant."""

from __future__ import annotations

import pytest

from kustomer_sandbox.contracts import ContractError
from tests.contracts.planted import TEXTS, changed, read

LIST, MAKE = "GET /v1/things", "POST /v1/things"

# what is wrong: (what the document says, what is planted instead, where it stands, what the refusal says)
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    # keys
    "an unknown key of the document": ("x-search:", "x-serach:", "", "did you mean 'x-search'?"),
    "an unknown key of an operation": ("x-roles:", "x-rolez:", LIST, "did you mean 'x-roles'?"),
    "an unknown key of the resource": ("hidden: [rev]", "hiden: [rev]", "x-resource", "did you mean 'hidden'?"),
    "an unknown key of an index": (
        "{path: attributes.deleted}", "{pth: attributes.deleted}", "x-resource/indexes/deleted", "did you mean 'path'?",
    ),
    "an unknown key of a tool": ("kind: read", "knid: read", f"{LIST} x-tools/0", "did you mean 'kind'?"),
    "an unknown key of a page": ("maximum: 20", "maxmum: 20", f"{LIST} x-page", "did you mean 'maximum'?"),
    "an unknown hint": ("read_only: true", "readonly: true", f"{LIST} x-tools/0/hints", "did you mean 'read_only'?"),
    "an unknown option of a default": (
        "{do: lookup, index: name, at: path.name}", "{do: lookup, index: name, at: path.name, many: true}",
        "GET /v1/things/name={name} x-default", "unknown key 'many'; known are do, index, at",
    ),
    "an unknown schema keyword": (
        "{type: string, minLength", "{tpye: string, minLength", "components/schemas/ThingCreate/properties/name",
        "did you mean 'type'?",
    ),
    "a missing summary": ("summary: List things.", "description: List.", LIST, "summary is missing"),
    "missing roles": ("      x-roles: [org.permission.thing.read]\n", "", LIST, "x-roles is missing"),
    "a missing source": ("      x-source: {confidence: assumed}\n", "", LIST, "x-source is missing"),
    "a page of no style": (
        "default: 10, ", "style: offset, ", f"{LIST} x-page/style", "must be one of page, cursor, not 'offset'",
    ),
    "a cursor with a last page": (
        "default: 10, ", "style: cursor, last: 3, ", f"{LIST} x-page", "last belongs to pages, not to a cursor",
    ),
    # values
    "an unknown type of schema": (
        "{type: string, minLength", "{type: strng, minLength", "components/schemas/ThingCreate/properties/name/type",
        "did you mean 'string'?",
    ),
    "an unknown format": (
        "format: date-time}\n      required", "format: datetime}\n      required",
        "components/schemas/ThingCreate/properties/importedAt/format", "did you mean 'date-time'?",
    ),
    "an unknown tool kind": ("kind: read", "kind: raed", f"{LIST} x-tools/0/kind", "did you mean 'read'?"),
    "an unknown confidence": (
        "confidence: vendor-docs", "confidence: vendor-doc", "x-resource/source/confidence",
        "did you mean 'vendor-docs'?",
    ),
    "an unknown default": ("x-default: get", "x-default: gett", "GET /v1/things/{id} x-default", "did you mean 'get'?"),
    "a look-up without options": (
        "x-default: {do: lookup, index: name, at: path.name}", "x-default: lookup",
        "GET /v1/things/name={name} x-default", "must be one of get, list",
    ),
    "an unknown plan": ("business: 10", "busines: 10", "x-limits/plans", "did you mean 'business'?"),
    "a unique that is text": ("unique: true", "unique: 'yes'", "x-resource/indexes/name/unique",
        "must be true or false"),
    "a page size that is text": ("default: 10", "default: ten", f"{LIST} x-page/default", "must be a whole number"),
    "roles that are text": (
        "x-roles: [org.permission.thing.read]", "x-roles: org.permission.thing.read", f"{LIST} x-roles",
        "must be a list",
    ),
    "a role of a wrong form": (
        "[org.permission.thing.read]", "[thing.read]", f"{LIST} x-roles/0", "must be a role (`org.permission.tag.read`",
    ),
    "a role twice": (
        "[org.permission.thing.read]", "[org.permission.thing.read, org.permission.thing.read]", f"{LIST} x-roles",
        "twice",
    ),
    "a rule of a wrong form": (
        "x-rule: things.delete", "x-rule: delete", "DELETE /v1/things/{id} x-rule", "must be a rule (`tags.list_tags`)",
    ),
    "a source that can be looked up, without pages": (
        "{confidence: vendor-docs, pages: [docs/concepts/errors]}", "{confidence: vendor-docs}", "x-resource/source",
        "pages must not be empty",
    ),
    "a page that nobody lists": (
        "[docs/concepts/errors]", "[docs/concepts/eror]", "x-resource/source/pages", "did you mean 'docs/concepts",
    ),
    "a description of no operation": (
        "[docs/concepts/errors]", "[operation/ListThngs]", "x-resource/source/pages", "is no operation here",
    ),
    "a page of another kind than the confidence": (
        "[docs/concepts/errors]", "[singer-io/tap-kustomer]", "x-resource/source/pages", "needs one of the vendor",
    ),
    "a recording that is a page": (
        "{confidence: vendor-docs, pages", "{confidence: recorded, pages", "x-resource/source/pages", "the recordings",
    ),
    "a part as sure as the whole": ("pages: [docs/concepts/errors]}",
        "pages: &pages [docs/concepts/errors], parts: {roles: {confidence: vendor-docs, pages: *pages}}}",
        "x-resource/source", "is as sure as the whole",
    ),
    "a part without pages": (
        "errors]}", "errors], parts: {roles: {confidence: recorded}}}", "x-resource/source/parts/roles",
        "pages must not be empty",
    ),
    "a default page larger than the largest": (
        "default: 10", "default: 30", f"{LIST} x-page", "default is larger than maximum",
    ),
    # schemas
    "a keyword of another type": (
        "{type: integer}\n        deleted", "{type: integer, maxLength: 3}\n        deleted",
        "components/schemas/ThingAttributes/properties/size", "maxLength says something of string values",
    ),
    "a keyword without a type": (
        "{type: string, minLength: 1, maxLength: 9}", "{minLength: 1, maxLength: 9}",
        "components/schemas/ThingCreate/properties/name", "type is missing",
    ),
    "bounds that cross": (
        "minLength: 1", "minLength: 10", "components/schemas/ThingCreate/properties/name",
        "minLength is larger than maxLength",
    ),
    "a required field that is none": (
        "required: [name]\n", "required: [nmae]\n", "components/schemas/ThingCreate/required",
        "'nmae' is none of the properties; did you mean 'name'?",
    ),
    "an enum of another type": (
        "enum: [big, small], default", "enum: [big, 2], default",
        "components/schemas/ThingCreate/properties/kind/enum/1",
        "must be of type string, not 2",
    ),
    "a schema's default outside of it": (
        "default: big", "default: huge", "components/schemas/ThingCreate/properties/kind/default",
        "does not fit the schema",
    ),
    "a keyword beside a reference": (
        "description: Whose it is.", "maxLength: 3", "components/schemas/ThingCreate/properties/owner",
        "maxLength cannot stand beside $ref",
    ),
    "a reference to nothing": (
        "common.yaml#/components/schemas/ObjectId", "common.yaml#/components/schemas/ObjectIdd",
        "components/schemas/ThingCreate/properties/owner/$ref", "did you mean 'ObjectId'?",
    ),
    "a reference to another document": (
        "common.yaml#/components/parameters/Page}", "comon.yaml#/components/parameters/Page}",
        f"{LIST} parameters/0/$ref", "did you mean 'common.yaml'?",
    ),
    "a reference to a part of another kind": (
        "common.yaml#/components/parameters/Page}", "common.yaml#/components/schemas/ObjectId}",
        f"{LIST} parameters/0/$ref", "must lead to components/parameters",
    ),
    "a part that is used nowhere": (
        "    ThingAttributes:\n", "    ThingOther: {type: object}\n    ThingAttributes:\n",
        "components/schemas/ThingOther", "is used nowhere",
    ),
    # the resource
    "an attributes schema that is not there": (
        "attributes: ThingAttributes", "attributes: ThingAttribute", "x-resource/attributes",
        "did you mean 'ThingAttributes'?",
    ),
    "an attributes schema of something else": (
        "attributes: ThingAttributes", "attributes: ThingCreate", "x-resource/attributes", "but ThingAttributes",
    ),
    "a hidden field that is none": ("hidden: [rev]", "hidden: [revv]", "x-resource/hidden", "did you mean 'rev'?"),
    "a hidden field that answers promise": (
        "hidden: [rev]", "hidden: [createdAt]", "x-resource/hidden", "ThingAttributes promises it",
    ),
    "a default of no attribute": (
        "defaults: {deleted: false", "defaults: {delteed: false", "x-resource/defaults/delteed",
        "did you mean 'deleted'?",
    ),
    "a default of a wrong type": (
        "defaults: {deleted: false", "defaults: {deleted: 'no'", "x-resource/defaults/deleted", "must be a boolean",
    ),
    "an index over no part of a record": (
        "path: attributes.name, unique", "path: attribute.name, unique", "x-resource/indexes/name/path",
        "the record has no 'attribute'; did you mean 'attributes'?",
    ),
    "an index over no attribute": (
        "path: attributes.name, unique", "path: attributes.nam, unique", "x-resource/indexes/name/path",
        "attributes has no 'nam'; did you mean 'name'?",
    ),
    "an index over a whole list": (
        "path: attributes.colours.*", "path: attributes.colours", "x-resource/indexes/colour/path", "write .*",
    ),
    "an index over no relationship": (
        "path: relationships.owner.id", "path: relationships.ownr.id", "x-resource/indexes/owner/path",
        "did you mean 'owner'?",
    ),
    "a relationship to no type": (
        "owner: {type: customer", "owner: {type: custmer", "x-resource/relationships/owner/type",
        "did you mean 'customer'?",
    ),
    "a relationship by another path": (
        "path: '/v1/customers/{id}'}", "path: '/v1/customer/{id}'}", "x-resource/relationships/owner/path",
        "customer records are at '/v1/customers/{id}'",
    ),
    "a mask over no attribute": (
        "attributes: {name: [name]}", "attributes: {name: [nam]}", "x-resource/sensitive/attributes/name",
        "'nam' does not begin with 'name'",
    ),
    "a flag of no attribute": (
        "inherits: {note: [name]}", "inherits: {note: [nme]}", "x-resource/sensitive/inherits/note",
        "did you mean 'name'?",
    ),
    "a repeat of what cannot be masked": (
        "repeats: {note: [name]}", "repeats: {note: [size]}", "x-resource/sensitive/repeats/note",
        "'size' is no attribute that can be sensitive",
    ),
    "a repeat in no attribute": (
        "repeats: {note: [name]}", "repeats: {not: [name]}", "x-resource/sensitive/repeats/not",
        "did you mean 'note'?",
    ),
    "a link for each Klass that nothing serves": (
        "/parts', links_only: true}", "/pieces', per_klass: true}", "x-resource/relationships/parts/path",
        "no document has the path",
    ),
    "a key of a link that is none": (
        "path: '/v1/customers/{id}'}", "path: '/v1/customers/{id}', links_key: linkk}",
        "x-resource/relationships/owner/links_key", "must be 'link', not 'linkk'",
    ),
    "an owner who is no customer": (
        "owner: relationships.owner.id", "owner: relationships.org.id", "x-resource/sensitive/owner",
        "is no id of a customer",
    ),
    # the field table, and names in place of schemas
    "an unknown type of field": (
        "vip: boolean", "vip: bolean", "x-resource/fields/vip", "did you mean 'boolean'?",
    ),
    "a field of no schema": (
        "{$ref: ObjectId, create: true}", "{$ref: ObjectIdd, create: true}", "x-resource/fields/helper/$ref",
        "did you mean 'ObjectId'?",
    ),
    "an unknown mark": ("create: required", "create: requird", "x-resource/fields/name/create",
        "did you mean 'required'?"),
    "a mark of no form": ("create: required", "creat: required", "x-resource/fields/name", "did you mean 'create'?"),
    "a change that does not fit": (
        "type: integer, update: true", "type: integer, update: {maxLength: 9}", "x-resource/fields/level",
        "maxLength says something of string",
    ),
    "a form of no column": ("forms: {update:", "forms: {updates:", "x-resource/forms", "did you mean 'update'?"),
    "a relationship of no type": ("[org, modifiedBy]", "[ogr, modifiedBy]", "x-resource/relationships",
        "did you mean 'org'?"),
    "a body of no schema": ("requestBody: CustomerCreate", "requestBody: CustomerCreat",
        "POST /v1/customers requestBody", "did you mean 'CustomerCreate'?"),
    "a parameter of no name": ("parameters: [Search]", "parameters: [Serach]", "GET /v1/customers parameters/0",
        "did you mean 'Search'?"),
    "an unknown answer": ("responses: page", "responses: pages", "GET /v1/customers responses", "did you mean 'page'?"),
    "an unknown default of tools": ("x-tool-defaults: {tags", "x-tool-defaults: {tag", "x-tool-defaults",
        "did you mean 'tags'?"),
    "a stored attribute of no type": ("stored: {seen: string}", "stored: {seen: strng}", "x-resource/stored/seen",
        "did you mean 'string'?"),
    "a field left out that is not there": ("x-without: [level]", "x-without: [levl]", "components/schemas/CustomerPart",
        "x-without names 'levl'"),
    "a reference to records of no type": ("x-ref: customer", "x-ref: custmer", f"{MAKE} requestBody",
        "did you mean 'customer'?"),
    # operations
    "an index that is not there": (
        "{do: list, index: owner", "{do: list, index: ownr", "GET /v1/customers/{id}/things x-default/index",
        "thing has no index 'ownr'; did you mean 'owner'?",
    ),
    "an index over another type of value": (
        "{do: list, index: owner", "{do: list, index: deleted", "GET /v1/customers/{id}/things x-default/index",
        "index 'deleted' holds boolean values, and 'id' is a string",
    ),
    "a list by an index that is not there": (
        "x-alias-of: GetThings\n      x-default: list",
        "x-alias-of: GetThings\n      x-default: {do: list, by: [nam]}",
        "GET /v1/things/{id}/parts x-default/by/0", "thing has no index 'nam'; did you mean 'name'?",
    ),
    "a list by the items of a list": (
        "x-alias-of: GetThings\n      x-default: list",
        "x-alias-of: GetThings\n      x-default: {do: list, by: [colour]}",
        "GET /v1/things/{id}/parts x-default/by/0", "must be that of attributes.colour alone",
    ),
    "a list by what is no instant": (
        "x-alias-of: GetThings\n      x-default: list",
        "x-alias-of: GetThings\n      x-default: {do: list, by: [deleted]}",
        "GET /v1/things/{id}/parts x-default/by/0", "'deleted' holds no instants",
    ),
    "a list by instants at one key": (
        "{do: list, index: owner, at: path.id, to: customer}", "{do: list, index: owner, at: path.id, by: [name]}",
        "GET /v1/customers/{id}/things x-default", "at must not be given with by",
    ),
    "a look-up in an index that is not unique": (
        "unique: true, ", "", "GET /v1/things/name={name} x-default/index", "is not unique",
    ),
    "a look-up in another index": (
        "{do: lookup, index: name", "{do: lookup, index: colour", "GET /v1/things/name={name} x-default/index",
        "must be the index that bears the parameter's name, 'name'",
    ),
    "an `at` that is no path parameter": (
        "at: path.name}", "at: path.nam}", "GET /v1/things/name={name} x-default/at", "did you mean 'name'?",
    ),
    "a list of the records of no type": (
        "to: customer}", "to: custmer}", "GET /v1/customers/{id}/things x-default/to", "did you mean 'customer'?",
    ),
    "a list of the records of another type": (
        "to: customer}", "to: thing}", "GET /v1/customers/{id}/things x-default/to",
        "leads to customer records, not thing",
    ),
    "a default on another method": (
        "x-default: create", "x-default: get", f"{MAKE} x-default", "'get' serves GET",
    ),
    "an undeclared path parameter": (
        "parameters: [{name: name, in: path", "parameters: [{name: nam, in: path",
        "GET /v1/things/name={name} parameters", "path parameter 'name' is not declared; did you mean 'nam'?",
    ),
    "a path parameter that may be left out": (
        "{name: name, in: path, required: true", "{name: name, in: path, required: false",
        "/v1/things/name={name} parameters/0", "required must be true",
    ),
    "pages that nobody can ask for": (
        "        - {$ref: common.yaml#/components/parameters/PageSize}\n", "", f"{LIST} x-page",
        "needs the parameters page",
    ),
    "a role with a placeholder that is none": (
        "thing_{id}", "thing_{name}", "GET /v1/things/{id} x-roles/0", "'name' is no parameter of the path",
    ),
    "an unknown budget": ("x-budgets: {made", "x-budgets: {mad", f"{MAKE} x-budgets", "did you mean 'made'?"),
    "a budget of no field": (
        "[body.owner]", "[body.ownr]", f"{MAKE} x-budgets/made/0",
        "'ownr' is no field of the body; did you mean 'owner'?",
    ),
    "a fixed field that is none": ("x-fixed: {kind", "x-fixed: {knd", f"{MAKE} x-fixed", "did you mean 'kind'?"),
    "a fixed field of a wrong value": (
        "x-fixed: {kind: small}", "x-fixed: {kind: tiny}", f"{MAKE} x-fixed/kind", "'tiny' does not fit the field",
    ),
    "an alias of nothing": (
        "x-alias-of: GetThings", "x-alias-of: GetThins", "GET /v1/things/{id}/parts x-alias-of",
        "did you mean 'GetThings'?",
    ),
    "an alias of what is served otherwise": (
        "x-alias-of: GetThings", "x-alias-of: GetThing", "GET /v1/things/{id}/parts x-alias-of", "is served by another",
    ),
    "an operation id twice": (
        "operationId: CreateThing", "operationId: GetThings", f"{MAKE} operationId", "defined twice",
    ),
    "an answer of no name": (
        '"204": {$ref: common.yaml#/components/responses/Done}', '"204": Doen', "DELETE /v1/things/{id} responses/204",
        "did you mean 'Done'?",
    ),
    "a body where there is none": (
        '"204": {$ref: common.yaml#/components/responses/Done}',
        '"204": {$ref: common.yaml#/components/responses/Refusal}',
        "DELETE /v1/things/{id} responses/204", "has no body",
    ),
    # tools
    "an argument of no parameter": (
        "{name: colour}", "{name: color}", f"{LIST} x-tools/0/arguments/thing_colour", "did you mean 'colour'?",
    ),
    "a tool named otherwise than built": (
        "name: list_all_kustomer_things", "name: list_all_kustomer_thingz", f"{LIST} x-tools/0/name",
        "must be 'list_all_kustomer_things'",
    ),
    "a read that is said to write": ("kind: read", "kind: write", f"{LIST} x-tools/0/kind", "must be read, the kind"),
    "a custom tool without a method": (
        "          method: paint\n", "", f"{LIST} x-tools/1/method", "is missing",
    ),
    "a hidden argument that is none": (
        "hide: [importedAt]", "hide: [imported]", f"{MAKE} x-tools/0/hide", "did you mean 'importedAt'?",
    ),
    "a seldom argument that is hidden": (
        "seldom: [owner]", "seldom: [importedAt]", f"{MAKE} x-tools/0/seldom", "is no argument",
    ),
    "a seldom argument that is none": (
        "seldom: [owner]", "seldom: [ownr]", f"{MAKE} x-tools/0/seldom", "did you mean 'owner'?",
    ),
    # search
    "a search attribute of no type": (
        "thing_name: {operator", "thng_name: {operator", "x-search/attributes/thng_name", "did you mean 'thing'?",
    ),
    "a search of no attribute": (
        "path: attributes.size}", "path: attributes.sise}", "x-search/attributes/thing_kind/path",
        "did you mean 'size'?",
    ),
    "a search in another index": (
        "index: name, sortable", "index: colour, sortable", "x-search/attributes/thing_name/index",
        "index 'colour' reads attributes.colours.*, not attributes.name",
    ),
    "a word that is stored as nothing": (
        "values: {big: 1, small: 2}", "values: {big: 1, smal: 2}", "x-search/attributes/thing_kind",
        "what each word of enum",
    ),
}  # fmt: skip


def test_the_planted_documents_load() -> None:
    """The refusals below mean something only if nothing but the planted mistake is wrong."""
    contracts = read(TEXTS)
    assert len(contracts.operations) == 10
    assert len(contracts.tools) == 4


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_typical_mistake_is_refused_with_document_and_place(mistake: str) -> None:
    """Who edits a document learns from one line where the mistake is and what was meant."""
    old, new, place, expected = MISTAKES[mistake]
    name = next(name for name in ("things.yaml", "customers.yaml", "common.yaml") if old in TEXTS[name])
    with pytest.raises(ContractError) as refusal:
        read(changed(name, old, new))
    words = str(refusal.value)
    assert words.startswith(f"{name}: {place}: " if place else f"{name}: ")
    assert expected in words
    assert "\n" not in words
