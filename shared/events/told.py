"""What the models of everything that agents' clients are told have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
Version = Annotated[
    int, Field(ge=0, description="Rises with every change of the thing; of two events the higher one is newer.")
]
# With milliseconds and offset. Zones of long ago had offsets with seconds.
Moment = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d(:\d\d)?$"),
    Field(json_schema_extra={"format": "date-time"}),
]


class ToldModel(BaseModel):
    """What we say, exactly: tests hold what is really sent against it. Clients must tolerate more."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
