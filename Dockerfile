# The sandbox on port 8700, as a user without rights; what it keeps is in /var/lib/kustomer-sandbox.
# docs/containers.md says how to run it. `nox -s release` plays these steps without Docker.
FROM python:3.13.9-slim-trixie AS build
WORKDIR /source
COPY . .
# Compiled here: the user of the image may not write what Python would compile at each start.
RUN python -m venv /opt/sandbox \
    && /opt/sandbox/bin/pip install --no-cache-dir --constraint requirements.lock ".[check,postgres]"

FROM python:3.13.9-slim-trixie
LABEL org.opencontainers.image.title="Kustomer Sandbox" \
      org.opencontainers.image.description="A deterministic stand-in for the Kustomer API, with an MCP server" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 sandbox \
    && useradd --system --uid 10001 --gid sandbox --no-create-home --home-dir /var/lib/kustomer-sandbox sandbox \
    && install --directory --owner=sandbox --group=sandbox --mode=0700 /var/lib/kustomer-sandbox
COPY --from=build /opt/sandbox /opt/sandbox
ENV PATH=/opt/sandbox/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KUSTOMER_SANDBOX_HOST=0.0.0.0 \
    KUSTOMER_SANDBOX_ALLOW_HOST=sandbox \
    KUSTOMER_SANDBOX_STORE=sqlite:////var/lib/kustomer-sandbox/sandbox.db
WORKDIR /var/lib/kustomer-sandbox
USER 10001:10001
VOLUME ["/var/lib/kustomer-sandbox"]
EXPOSE 8700
# Ends with 0 where a sandbox of this user listens.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 CMD ["kustomer-sandbox", "status"]
ENTRYPOINT ["kustomer-sandbox"]
CMD ["up"]
