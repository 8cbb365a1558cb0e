"""Errors of reports."""

from heed_common.errors import Conflict, Forbidden, NotFound


class ReportNotFound(NotFound):
    code, title = "report_not_found", "The survey has no such report."


class ResultsNotFound(NotFound):
    code, title = "results_not_found", "There are no public results at this address."


class ReportNotControlled(Conflict):
    code, title = "report_not_controlled", "The report shows small groups, so it cannot be public."
    advice = "Make the report without small groups first."


class ReportInternal(Forbidden):
    code, title = "report_internal", "The report shows small groups, for people who may read single responses."
    advice = "Ask for the public report, or use a key that may read single responses."
