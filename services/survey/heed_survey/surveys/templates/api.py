"""HTTP API of templates."""

from heed_common import http, paging
from heed_common.http import DbSession, requires
from heed_common.paging import Page, PageQuery
from heed_survey.surveys.questionnaire.schemas import QuestionnaireOut
from heed_survey.surveys.templates import service
from heed_survey.surveys.templates.schemas import SurveyTemplateOut

READ = requires("surveys:read")

router = http.router(prefix="/v1/surveys/templates", tags=["surveys"])


@router.get("", dependencies=[READ])
async def list_survey_templates(session: DbSession, page: PageQuery) -> Page[SurveyTemplateOut]:
    """List the templates by name."""
    (after,) = page.after(str) or ("",)
    rest = [template for name, template in service.load_templates().items() if name > after]
    shown, next_cursor = paging.paginate(rest[: page.fetch_limit], page, key=lambda template: (template.name,))
    items = page.show(shown, SurveyTemplateOut.from_domain, name=lambda template: template.name)
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{name}", dependencies=[READ])
async def get_survey_template(name: str) -> QuestionnaireOut:
    """Return the questions of a template with its default parameters. 404 `template_not_found`."""
    return QuestionnaireOut.from_domain(service.get_template(name).fill())
