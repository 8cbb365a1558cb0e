"""What every problem document has."""


def assert_problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["title"]
    assert problem["detail"]
    assert problem["type"] == f"/docs/problems#{code}"
    assert problem["instance"] == f"urn:heed:request:{response.headers['x-request-id']}"
    return problem
