from heed_common.errors import Conflict, NotFound


class IncidentNotFound(NotFound):
    code, title = "incident_not_found", "There is no such incident."


class IncidentClosed(Conflict):
    code, title = "incident_is_over", "The incident is over; open it again first."
    advice = "Open the incident again, then attach the complaint."


class InAnotherIncident(Conflict):
    code, title = (
        "in_another_incident",
        "The complaint is about another incident, or about none; detach it there first.",
    )
    advice = "Detach the complaint there first."
