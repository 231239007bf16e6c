"""Messages as laboratories send them: HL7 v2 and FHIR, good unless changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.builders import A_VILLAGE

_numbers = count(1)


def hl7_time(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S%z")


def an_order(now: datetime, **changes: str) -> str:
    """An OBR with its OBX and SPM: one negative result of a tube not used before."""
    said = {
        "tube": f"H-{next(_numbers)}",
        "division": A_VILLAGE,
        "method": "94500-6^SARS-CoV-2 RNA^LN",
        "result": "260415000^Not detected^SCT",
        "flag": "",
        "status": "F",
        "sampled_at": hl7_time(now - timedelta(hours=6)),
        "resulted_at": hl7_time(now),
        **changes,
    }
    order = ["OBR", "1", said["tube"], "", said["method"], *[""] * 13, said["division"]]
    observation = ["OBX", "1", "CWE", said["method"], "", said["result"], "", "", said["flag"], "", ""]
    observation += [said["status"], *[""] * 7, said["resulted_at"]]
    specimen = ["SPM", "1", said["tube"], "", "258500001^Nasopharyngeal swab^SCT", *[""] * 12]
    specimen += [said["sampled_at"]]
    return "\r".join("|".join(segment) for segment in (order, observation, specimen)) + "\r"


def an_hl7_message(now: datetime, *orders: str, **head: str) -> str:
    """An ORU^R01 with these orders, or one of its own."""
    said = {
        "facility": "500104-cdc",
        "type": "ORU^R01^ORU_R01",
        "control": f"MSG{next(_numbers)}",
        "version": "2.5.1",
        "characters": "UNICODE UTF-8",
        "at": hl7_time(now),
        "patient": "PID|1||P-1^^^HOSPITAL||张^伟\r",
        **head,
    }
    fields = ["MSH", "^~\\&", "LIS", said["facility"], "DUTYCLOCK", "", said["at"], "", said["type"]]
    fields += [said["control"], "P", said["version"], *[""] * 5, said["characters"]]
    return "|".join(fields) + "\r" + said["patient"] + "".join(orders or [an_order(now)])


def a_report(now: datetime, **changes: Any) -> list[dict[str, Any]]:
    """A DiagnosticReport, its Observation and its Specimen: one negative result of a tube not used before."""
    number = next(_numbers)
    said: Mapping[str, Any] = {
        "tube": f"F-{number}",
        "division": A_VILLAGE,
        "institution": "500104-cdc",
        "method": "94500-6",
        "result": "260415000",
        "status": "final",
        "sampled_at": (now - timedelta(hours=6)).isoformat(),
        "resulted_at": now.isoformat(),
        **changes,
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": f"report-{number}",
        "status": "final",
        "code": {"text": "新型冠状病毒核酸检测"},
        "result": [{"reference": f"Observation/observation-{number}"}],
    }
    observation = {
        "resourceType": "Observation",
        "id": f"observation-{number}",
        "status": said["status"],
        "code": {"coding": [{"system": "http://loinc.org", "code": said["method"]}]},
        "specimen": {"reference": f"Specimen/specimen-{number}"},
        "performer": [{"identifier": {"value": said["institution"]}}],
        "issued": said["resulted_at"],
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": said["result"]}]},
    }
    specimen = {
        "resourceType": "Specimen",
        "id": f"specimen-{number}",
        "identifier": [{"value": said["tube"]}],
        "collection": {"collectedDateTime": said["sampled_at"]},
        "extension": [{"url": "urn:dutyclock:division", "valueCode": said["division"]}],
    }
    return [report, observation, specimen]


def a_bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    """A Bundle with these resources."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"value": f"B-{next(_numbers)}"},
        "entry": [{"resource": resource} for resource in resources],
    }
