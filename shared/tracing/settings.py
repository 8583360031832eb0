"""What says whether and where to spans are exported: OpenTelemetry's own variables. The others its SDK reads by itself."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """With none of them set nothing is recorded."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    exporter: str = Field("", alias="OTEL_TRACES_EXPORTER")
    endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    traces_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    service_name: str = Field("", alias="OTEL_SERVICE_NAME")
    disabled: bool = Field(False, alias="OTEL_SDK_DISABLED")

    @property
    def wanted(self) -> bool:
        """Whether somebody asked for spans."""
        asked = self.exporter != "none" and bool(self.exporter or self.endpoint or self.traces_endpoint)
        return asked and not self.disabled
