"""The route table of integrations' tokens."""

from services.api.endpoint import Endpoint
from services.api.models.conversations import PageQuery
from services.api.models.service_tokens import (
    NewServiceToken,
    ServiceTokenBody,
    ServiceTokenList,
    ServiceTokenRotationBody,
)
from services.api.views import service_tokens

TOKENS = "/api/service-tokens"
TOKEN = f"{TOKENS}/{{token_id}}"
TAG = "service tokens"

SERVICE_TOKEN_ENDPOINTS = (
    Endpoint(
        method="GET",
        path=TOKENS,
        handler=service_tokens.service_token_list,
        tag=TAG,
        query=PageQuery,
        answer=ServiceTokenList,
        problems=(403,),
    ),
    Endpoint(
        method="POST",
        path=TOKENS,
        handler=service_tokens.service_token_creation,
        tag=TAG,
        body=ServiceTokenBody,
        answer=NewServiceToken,
        status=201,
        problems=(403, 409),
    ),
    Endpoint(
        method="POST",
        path=f"{TOKEN}/rotation",
        handler=service_tokens.service_token_rotation,
        tag=TAG,
        body=ServiceTokenRotationBody,
        answer=NewServiceToken,
        status=201,
        problems=(403, 404, 409),
    ),
    Endpoint(
        method="DELETE",
        path=TOKEN,
        handler=service_tokens.service_token_revocation,
        tag=TAG,
        status=204,
        problems=(403, 404),
    ),
)
