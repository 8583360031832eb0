"""The route table of webhooks out: where they go."""

from services.api.endpoint import Endpoint
from services.api.models.destinations import (
    ChangedDestination,
    DestinationAnswer,
    DestinationBody,
    DestinationChangeBody,
    DestinationList,
    NewSecret,
    QueuedPing,
    RotationBody,
)
from services.api.views import destinations

DESTINATIONS = "/api/webhook-destinations"
DESTINATION = DESTINATIONS + "/{destination_id}"
TAG = "webhooks out"

DESTINATION_ENDPOINTS = (
    Endpoint(
        method="GET",
        path=DESTINATIONS,
        handler=destinations.destination_list,
        tag=TAG,
        answer=DestinationList,
        problems=(403,),
    ),
    Endpoint(
        method="POST",
        path=DESTINATIONS,
        handler=destinations.create_destination,
        tag=TAG,
        body=DestinationBody,
        answer=NewSecret,
        status=201,
        problems=(403, 409),
    ),
    Endpoint(
        method="GET",
        path=DESTINATION,
        handler=destinations.destination_detail,
        tag=TAG,
        answer=DestinationAnswer,
        problems=(403, 404),
    ),
    Endpoint(
        method="PATCH",
        path=DESTINATION,
        handler=destinations.change_destination,
        tag=TAG,
        body=DestinationChangeBody,
        answer=ChangedDestination,
        problems=(403, 404, 412),
    ),
    Endpoint(
        method="DELETE",
        path=DESTINATION,
        handler=destinations.remove_destination,
        tag=TAG,
        status=204,
        problems=(403, 404),
    ),
    Endpoint(
        method="POST",
        path=f"{DESTINATION}/secret",
        handler=destinations.rotate_destination_secret,
        tag=TAG,
        body=RotationBody,
        answer=NewSecret,
        problems=(403, 404),
    ),
    Endpoint(
        method="POST",
        path=f"{DESTINATION}/test",
        handler=destinations.try_destination,
        tag=TAG,
        answer=QueuedPing,
        status=202,
        problems=(403, 404),
    ),
)
