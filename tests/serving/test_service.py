"""Claims about the BentoML service itself."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.artifact import Model

ROOT = Path(__file__).parents[2]
WITHOUT_TRAINING = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"training", "mlflow", "sklearn", "cli", "datasets"}:
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Blocked())
from starlette.testclient import TestClient
from serving.service import Regulars

with TestClient(Regulars.to_asgi()) as client:
    assert client.get("/readyz").status_code == 200
    assert client.get("/v1/customers/anna").json()["reasons"]
    assert client.post("/predict", json={"rows": [{"order_count_90d": 3}]}).json()["predictions"]
    assert client.post("/v1/offers", json={"customer_id": "anna"}).json()["offers"]
"""


def test_health_is_as_bentoml_gives_it(client):
    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/healthz")] == [200, 200, 200]


def test_the_service_is_not_ready_before_the_first_generation(empty_client, problem, build):
    assert empty_client.get("/livez").status_code == 200
    problem(empty_client.get("/readyz"), 503)
    build()
    assert empty_client.get("/readyz").status_code == 200


def test_one_openapi_document_describes_every_endpoint(client):
    document = client.get("/docs.json").json()
    paths = {"/predict", "/v1/customers/{customer_id}", "/v1/at-risk", "/v1/offers"}
    assert paths | {"/v1/offers/{decision_id}/events", "/livez", "/readyz"} <= set(document["paths"])
    assert {"OffersAnswer", "CustomerAnswer", "AtRiskAnswer", "ProblemDetails"} <= set(
        document["components"]["schemas"]
    )


def test_the_openapi_document_names_no_other_host(client):
    document = client.get("/docs.json").json()
    assert "next best offer" in document["info"]["description"]
    assert "//" not in client.get("/docs.json").text
    assert "contact" not in document["info"]


def test_every_reference_of_the_openapi_document_leads_somewhere(client):
    text = client.get("/docs.json").text
    schemas = client.get("/docs.json").json()["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)


def test_ids_are_predicted_as_they_were_scored(client, generation):
    found = client.post("/predict", json={"ids": ["anna", "zoë 1"]}).json()
    rows = [generation.row(customer) for customer in ("anna", "zoë 1")]
    got = [prediction["churn_probability"] for prediction in found["predictions"]]
    np.testing.assert_allclose(got, generation.churn_probability[rows], atol=1e-6)
    assert found["models"] == {"churn": "1", "loyalty_type": "1", "value": "1"}


def test_a_raw_row_is_predicted_by_the_models_of_the_generation(client, models, matrix):
    row = dict(zip(matrix.names, [90.0, 2.0, None], strict=True))
    found = client.post("/predict", json={"rows": [row]}).json()["predictions"][0]
    inputs = np.array([[90.0, 2.0, np.nan]], np.float32)
    assert found["churn_probability"] == pytest.approx(
        Model.load(models.churn).predict(inputs)[0, 1], abs=1e-6
    )
    assert found["customer_id"] is None


def test_a_raw_row_of_a_known_customer_gets_the_known_answer(client, matrix):
    row = {name: float(value) for name, value in zip(matrix.names, matrix.values[1], strict=True)}
    by_row = client.post("/predict", json={"rows": [row]}).json()["predictions"][0]
    by_id = client.post("/predict", json={"ids": [matrix.customer_ids[1]]}).json()["predictions"][0]
    assert by_row | {"customer_id": by_id["customer_id"]} == by_id


def test_nothing_is_reported_to_the_makers_of_bentoml():
    assert os.environ["BENTOML_DO_NOT_TRACK"] == "true"


def test_the_service_answers_where_training_cannot_be_imported(build, workspace, settings):
    from serving.state import environment

    build()
    variables = os.environ | environment(settings, workspace) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", WITHOUT_TRAINING]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_no_log_line_holds_a_customer(client, caplog, capfd):
    client.get("/v1/customers/a-person")
    client.post("/v1/offers", json={"customer_id": "a-person", "count": "a-person"})
    client.post("/predict", json={"ids": ["a-person"], "x": "a-person"})
    client.post("/predict", json={"rows": [{"a-person": "a-person"}]})
    assert "a-person" not in caplog.text + "".join(capfd.readouterr())
