"""Spans of OpenTelemetry, exported by OTLP where the standard variables name a collector; nothing runs without them."""
