"""What a test author gets wrong is told with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from kustomer_sandbox import Kustomer, KustomerMcp, ScenarioError, world


@pytest.mark.parametrize(
    ("armed", "told"),
    [
        ({"operation": "CreateCustomr", "status": 503}, "did you mean 'CreateCustomer'"),
        ({"tool": "kustomer_customers_usng_email", "status": 503}, "did you mean 'kustomer_customers_using_email'"),
        ({"method": "GETT", "status": 503}, "did you mean 'GET'"),
        ({"path": "v1/teams", "status": 503}, "A path begins with a slash"),
        ({"statuss": 503}, "does not know statuss; did you mean 'status'"),
        ({"conection_reset": True}, "did you mean 'connection_reset'"),
        ({"operatoin": "CreateCustomer", "status": 503}, "did you mean 'operation'"),
    ],
)
def test_a_typing_error_in_a_fault_is_told(kustomer: Kustomer, armed: dict[str, object], told: str) -> None:
    """A fault that can never fire would make a test that proves nothing."""
    with pytest.raises((TypeError, ValueError), match=told):
        kustomer.faults.arm(**armed)  # type: ignore[arg-type]
    assert kustomer.faults.armed == []


def test_a_typing_error_in_a_role_is_told(kustomer: Kustomer) -> None:
    """A key that lacks a role by mistake answers 403, and nobody knows why."""
    with pytest.raises(
        ValueError, match=r"'org.user.costumer.read' is no role .*did you mean 'org.user.customer.read'"
    ):
        kustomer.key(roles=["org.user.costumer.read"])
    with pytest.raises(ValueError, match="roles begin with 'org'"):
        kustomer.key(roles=["customer.read"])


@pytest.mark.parametrize("role", ["org", "org.user", "org.permission.customer", "org.user.workflow.read"])
def test_broader_roles_and_those_of_other_parts_of_the_api_are_no_mistake(kustomer: Kustomer, role: str) -> None:
    """A real key has roles that nothing here asks for."""
    assert kustomer.key(roles=[role])


def test_a_fault_that_has_never_fired_fails_a_block() -> None:
    """What the test is about did not happen."""
    with pytest.raises(AssertionError, match=r"have never fired:\n  Status\(status=503\) for 1 more of all calls"):  # noqa: SIM117
        with world(scenario="empty") as kustomer:
            kustomer.faults.arm(status=503)


def test_a_fault_that_may_wait_does_not() -> None:
    """Told so, disarmed, or fired at least once."""
    with world(scenario="empty") as kustomer:
        kustomer.faults.arm(status=503, times=2, operation="GetTeams")
        kustomer.client().get("/v1/teams")
        kustomer.faults.arm(status=503, optional=True)
        kustomer.faults.disarm(kustomer.faults.arm(status=503))


def test_another_failure_is_told_alone() -> None:
    """That no fault has fired may be no more than its consequence."""
    with pytest.raises(KeyError), world(scenario="empty") as kustomer:  # noqa: PT012
        kustomer.faults.arm(status=503)
        raise KeyError


def test_a_tool_takes_a_mapping(kustomer_mcp: KustomerMcp) -> None:
    """The words of searches are keywords of Python."""
    email = "jane.doe@example.com"
    both = kustomer_mcp.call("kustomer_customers_using_email", {"email": email}, fields=["name"])
    assert both["attributes"] == {"name": "Jane Doe"}
    with pytest.raises(TypeError, match="is given email twice"):
        kustomer_mcp.call("kustomer_customers_using_email", {"email": email}, email=email)


def test_a_mapping_that_seeds_has_no_lines(kustomer: Kustomer) -> None:
    """There is no file in which anybody could look."""
    with pytest.raises(ScenarioError) as told:
        kustomer.seed({"customers": {"ann": {"emals": []}}})
    assert str(told.value).startswith("the mapping: customers.ann.emals is not a known field here")
    with pytest.raises(ScenarioError, match="the mapping: cannot be written as JSON"):
        kustomer.seed({"customers": {"ann": {"name": object()}}})


def test_a_file_that_is_not_there_is_told_with_where_it_was_looked_for(kustomer: Kustomer) -> None:
    """Beside the test, and from the working directory."""
    with pytest.raises(ScenarioError, match=r"shop.yaml: there is no such file; looked in .*kustomer_sandbox, "):
        kustomer.seed("shop.yaml")


def test_a_file_is_yaml_1_2(kustomer: Kustomer, tmp_path: Path) -> None:
    """Whatever a person writes."""
    file = tmp_path / "shop.yaml"
    file.write_text("customers:\n  ann: {name: Where is it?}\n  bob:\tname: x\n", "utf-8")
    with pytest.raises(ScenarioError, match=r"shop\.yaml:3: "):
        kustomer.seed(file)
    file.write_text("customers:\n  ann: {name: Where is it?}\n", "utf-8")
    made = kustomer.seed(file)["customers"]["ann"]
    shown = kustomer.client().get(f"/v1/customers/{made}").json()["data"]["attributes"]
    assert shown["name"] == "Where is it?"
