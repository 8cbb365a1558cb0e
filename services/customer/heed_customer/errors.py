"""What callers of the customer service may do wrong."""

from typing import ClassVar

from heed_common.errors import BadRequest, Conflict, HeedError, NotFound, Unprocessable


class CustomerNotFound(NotFound):
    code, title = "customer_not_found", "There is no customer with this id."


class CustomerUnknown(Unprocessable):
    code, title = "customer_unknown", "The customer that is named here is not known."


class CustomerIsMerged(Conflict):
    code, title = (
        "customer_merged",
        "This customer is merged into another one, which `survivor_id` names: change that one.",
    )


class PurchaseNotFound(NotFound):
    code, title = "purchase_not_found", "There is no purchase with this id."


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no import with this id."


class ExternalIdConflict(Conflict):
    code, title = "external_id_conflict", "This external_id stands for other content already."


class SkuUnknown(Unprocessable):
    code, title = "sku_unknown", "The purchase has no such article."


class ReturnExceedsPurchase(Conflict):
    code, title = "return_exceeds_purchase", "More would come back than was bought and is still with the customer."


class ReferredThemselves(Unprocessable):
    code, title = "referred_themselves", "Nobody can bring themselves."


class ReferredByAnother(Conflict):
    code, title = "referred_by_another", "This customer was referred by another customer already."


class ReferralCycle(Conflict):
    code, title = "referral_cycle", "The customer who is said to have referred was referred by this one, or further on."


class MediaTypeUnsupported(HeedError):
    status: ClassVar[int] = 415
    code = "media_type_unsupported"
    title = "Send application/x-ndjson or text/csv, as UTF-8, UTF-16, GB18030 (GBK), Windows-1252 or Latin-1."


class EncodingUnknown(Unprocessable):
    code, title = "encoding_unknown", "The encoding cannot be told for certain: send it as charset of the Content-Type."


class EncodingBroken(Unprocessable):
    code, title = "encoding_broken", "The file is not in its encoding throughout; nothing of it will be imported."


class HeaderRefused(Unprocessable):
    code, title = "header_refused", "The first line of a CSV file names its columns."


class ImportInterrupted(BadRequest):
    code, title = "import_interrupted", "The file did not arrive whole; nothing of it will be imported."


class LinesGivenUp(Unprocessable):
    code, title = "lines_given_up", "These lines could not be processed and were dropped; send them again."
