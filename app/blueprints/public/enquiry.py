"""The enquiry form of an organization."""

from flask import Response, url_for
from pydantic import Field

from app.blueprints.crm.fields import new_request_id
from app.blueprints.public import blueprint
from app.blueprints.public.visitors import host, visitor
from app.extensions import limiter
from app.fields import RequestId
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page
from app.permissions import public
from app.queries.crm_quotes import organization_called
from app.services.leads import LeadFacts, receive_lead


class EnquiryForm(LeadFacts):
    """What somebody asks for. People do not see `website`; programs that fill forms in do."""

    website: str = Field("", max_length=500)
    request_id: RequestId

    def facts(self) -> LeadFacts:
        """The same as sales takes it."""
        said = self.model_dump(exclude={"website", "request_id", "source"})
        return LeadFacts(source="Website", **said)


@blueprint.get("/enquiry/<slug>")
@public
def enquiry(slug: str) -> Response:
    """The form."""
    host(organization_called(slug))
    return page("public/enquiry.html", slug=slug, form=current_form(), request_id=new_request_id())


@blueprint.post("/enquiry/<slug>")
@public
@limiter.limit("10/minute;60/hour")
@shown_again_by(enquiry)
def send_enquiry(slug: str) -> Response:
    """Take an enquiry in."""
    organization = host(organization_called(slug))
    given = read_form(EnquiryForm)
    if not given.website:
        receive_lead(given.facts(), by=visitor(organization, given.name), request_id=given.request_id)
    return go_to(url_for("public.enquiry_sent", slug=slug))


@blueprint.get("/enquiry/<slug>/thanks")
@public
def enquiry_sent(slug: str) -> Response:
    """It arrived."""
    host(organization_called(slug))
    return page("public/enquiry_sent.html", slug=slug)
